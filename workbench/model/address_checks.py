"""Which networks accept an address that is not Ethereum-like, asked of bip-utils."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from workbench.model.networks import NETWORKS, Network

Check = Callable[[str], str]
"""Takes an address; returns it canonical, or raises ValueError."""
MAX_LENGTH = 120
"""No address is longer. Base58 is decoded in quadratic time: 20,000 letters take seconds for each of fifty checks."""


def networks_of(raw: str) -> dict[str, str]:
    """Network name → canonical spelling, for every network whose rules `raw` meets, likeliest first."""
    return {name: found for name in _checks() if (found := canonical_on(raw, name)) is not None}


def canonical_on(raw: str, network: str) -> str | None:
    """The canonical spelling of `raw` on one network, or None where its rules are not met."""
    if len(raw) > MAX_LENGTH:
        return None
    refused = _refused()
    for check in _checks()[network]:
        try:
            return check(raw)
        except refused:
            continue
    return None


@lru_cache(maxsize=1)
def _refused() -> tuple[type[Exception], ...]:
    """Their checksum errors are no ValueErrors, and a few decoding errors come through as they are."""
    from bip_utils import Base58ChecksumError, Bech32ChecksumError

    return (ValueError, KeyError, IndexError, AttributeError, Base58ChecksumError, Bech32ChecksumError)


@lru_cache(maxsize=1)
def _checks() -> dict[str, list[Check]]:
    """Every non-EVM network's checks, in the order in which an address that fits several is taken."""
    checks: dict[str, list[Check]] = {}
    for network in NETWORKS.values():
        if network.family != "evm":
            checks[network.name] = list(_checks_of(network))
    return checks


def _checks_of(network: Network) -> list[Check]:
    import bip_utils as bu

    if network.family in ("bitcoin", "bitcoin-cash"):
        return _bitcoin_like(network)
    decoders: dict[str, tuple[Any, dict[str, Any]]] = {
        "tron": (bu.TrxAddrDecoder, {}),
        "solana": (bu.SolAddrDecoder, {}),
        "xrp": (bu.XrpAddrDecoder, {}),
        "stellar": (bu.XlmAddrDecoder, {"addr_type": bu.XlmAddrTypes.PUB_KEY}),
        "monero": (bu.XmrAddrDecoder, {}),
        "cardano": (bu.AdaShelleyAddrDecoder, {"net_tag": bu.AdaShelleyAddrNetworkTags.MAINNET}),
        "polkadot": (bu.SubstrateSr25519AddrDecoder, {"ss58_format": 0}),
    }
    decoder, options = decoders[network.family]
    if network.family == "monero":
        return [_plain(decoder, {"net_ver": version}) for version in (b"\x12", b"\x2a")]
    return [_plain(decoder, options)]


def _plain(decoder: Any, options: dict[str, Any]) -> Check:
    def check(raw: str) -> str:
        decoder.DecodeAddr(raw, **options)
        return raw

    return check


def _bitcoin_like(network: Network) -> list[Check]:
    import bip_utils as bu
    from bip_utils.coin_conf import CoinsConf

    if network.coin is None:  # Bitcoin Gold: the address versions are not in bip-utils
        versions: dict[str, Any] = {"p2pkh_net_ver": b"\x26", "p2sh_net_ver": b"\x17"}
    else:
        versions = getattr(CoinsConf, network.coin).m_params
    checks: list[Check] = []
    for key, value in versions.items():
        if key.startswith("p2pkh") and key.endswith("net_ver") and "p2pkh_std_hrp" not in versions:
            checks.append(_plain(bu.P2PKHAddrDecoder, {"net_ver": value}))
        elif key.startswith("p2sh") and key.endswith("net_ver") and "p2sh_std_hrp" not in versions:
            checks.append(_plain(bu.P2SHAddrDecoder, {"net_ver": value}))
    if hrp := versions.get("p2wpkh_hrp"):
        checks.append(_segwit(hrp))
    if hrp := versions.get("p2pkh_std_hrp"):
        checks += _cashaddr(hrp, versions)
    return checks


def _segwit(hrp: str) -> Check:
    """Any witness program, BIP 173 and BIP 350: bip-utils' own address decoders take two lengths only."""
    from bip_utils import SegwitBech32Decoder

    def check(raw: str) -> str:
        version, program = SegwitBech32Decoder.Decode(hrp, raw)
        if version == 0 and len(program) not in (20, 32):
            raise ValueError("a version 0 witness program has 20 or 32 bytes")
        return raw.lower()

    return check


def _cashaddr(hrp: str, versions: dict[str, Any]) -> list[Check]:
    import bip_utils as bu

    def cash(decoder: Any, version: bytes) -> Check:
        def check(raw: str) -> str:
            full = raw.lower() if ":" in raw else f"{hrp}:{raw.lower()}"
            decoder.DecodeAddr(full, hrp=hrp, net_ver=version)
            return full.split(":", 1)[1]

        return check

    return [
        cash(bu.BchP2PKHAddrDecoder, versions["p2pkh_std_net_ver"]),
        cash(bu.BchP2SHAddrDecoder, versions["p2sh_std_net_ver"]),
        _plain(bu.P2PKHAddrDecoder, {"net_ver": versions["p2pkh_legacy_net_ver"]}),
        _plain(bu.P2SHAddrDecoder, {"net_ver": versions["p2sh_legacy_net_ver"]}),
    ]
