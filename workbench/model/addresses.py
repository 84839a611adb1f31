"""Checks an address and decides its network.

The network is decided from the address itself; a stated network is a claim that may contradict it.
Base58Check, Bech32/Bech32m (BIP 173, BIP 350), EIP-55 and the other encodings are checked by
bip-utils and eth-utils; what is ours is only which check applies to what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from workbench.errors import RecordError
from workbench.model.address_checks import MAX_LENGTH, canonical_on, networks_of
from workbench.model.networks import NETWORKS, Network, network_named

_EVM = re.compile(r"0x[0-9a-fA-F]{40}\Z")


@dataclass(frozen=True)
class Address:
    """A checked address in its canonical spelling, with what was odd about the spelling it came in."""

    text: str
    network: str
    warnings: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The CAIP-10 account id."""
        return f"{NETWORKS[self.network].caip2}:{self.text}"


@lru_cache(maxsize=200_000)
def parse_address(text: str, network: str | None = None) -> Address:
    """Check `text` and return it canonical.

    `network` is what the source says (a name, ticker or CAIP-2 id) or None. An Ethereum-like address
    without a stated network is taken as Ethereum mainnet, with a warning, because the same 20 bytes are
    an account on every EVM network. A wrong EIP-55 checksum is a warning (many tools do not
    preserve case); every other wrong checksum raises, because nothing else tells a typing error.

    Raises RecordError: no such address, a bad checksum, or a network the address cannot be on.
    """
    raw = text.strip()
    warnings: list[str] = [] if raw == text else ["blanks around the address were trimmed"]
    if not raw:
        raise RecordError("the address is empty", field="address", value=text)
    if len(raw) > MAX_LENGTH:
        raise RecordError("the address is too long to be one", field="address", value=raw[:60] + "…")
    stated = network_named(network) if network else None
    if raw.startswith("\\x") and len(raw) == 42:
        raw = "0x" + raw[2:]
        warnings.append("\\x was read as 0x")
    if raw[:2] in ("0x", "0X"):
        return _evm_address("0x" + raw[2:], stated, warnings)
    return _other_address(raw, stated, warnings)


def _evm_address(raw: str, stated: Network | None, warnings: list[str]) -> Address:
    if not _EVM.match(raw):
        raise RecordError("not 0x and 40 hexadecimal digits", field="address", value=raw)
    body = raw[2:]
    if not (body.islower() or body.isupper() or body.isdigit()):
        from eth_utils.address import is_checksum_address

        if not is_checksum_address(raw):
            warnings.append("the EIP-55 checksum does not match; kept in lower case")
    if stated is None:
        warnings.append("no network was stated; taken as Ethereum mainnet")
        stated = NETWORKS["eth"]
    elif stated.family != "evm":
        raise RecordError(f"an Ethereum-like address cannot be on {stated.title}", field="network", value=stated.name)
    return Address(raw.lower(), stated.name, tuple(warnings))


def _other_address(raw: str, stated: Network | None, warnings: list[str]) -> Address:
    if stated is not None and stated.family != "evm" and (found := canonical_on(raw, stated.name)) is not None:
        return Address(found, stated.name, tuple(warnings))  # most are where they are said to be: one check of fifty
    valid = networks_of(raw)
    if not valid:
        raise RecordError(
            "no network accepts this address (wrong checksum, test network, or not an address)",
            field="address",
            value=raw,
        )
    if stated is not None:
        raise RecordError(
            f"stated as {stated.title}, but the address is valid only on {', '.join(sorted(valid))}",
            field="network",
            value=stated.name,
        )
    name = next(iter(valid))
    if len(valid) > 1:
        warnings.append(f"valid on {', '.join(sorted(valid))}; taken as {name}")
    return Address(valid[name], name, tuple(warnings))


@lru_cache(maxsize=200_000)
def parse_asset_address(text: str, asset: str | None) -> Address:
    """Check an address that a list gives for an asset: the network is decided from the address and its checksum.

    The asset is not the chain: USDT lives on Ethereum, TRON and others, and lists hold addresses of one network
    under another's asset. Where the asset is a network's own coin and the address can be on that network, that
    is the network; otherwise the address decides, and the warnings say so. Raises as `parse_address`.
    """
    try:
        stated = network_named(asset) if asset else None
    except RecordError:
        stated = None  # a token, such as USDT, or an asset nobody knows
    if stated is not None:
        try:
            return parse_address(text, stated.name)
        except RecordError:
            found = parse_address(text)
            told = f"listed under {asset}, but it is an address of {NETWORKS[found.network].title}; kept there"
            return Address(found.text, found.network, (*found.warnings, told))
    return parse_address(text)
