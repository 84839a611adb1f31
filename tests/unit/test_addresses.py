"""Addresses: published vectors (BIP 173/350, Base58Check, EIP-55), and what must not pass."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import RecordError
from workbench.model.address_checks import networks_of
from workbench.model.addresses import parse_address
from workbench.model.nodes import Wallet


def test_every_published_eip55_vector_passes_without_a_warning(shared):
    addresses = [
        word
        for line in (shared / "address-vectors/eip55_vectors.txt").read_text().splitlines()
        for word in line.split()
        if word.startswith("0x")
    ]
    assert len(addresses) == 9
    for address in addresses:
        checked = parse_address(address, "eth")
        assert checked.warnings == ()
        assert checked.text == address.lower()


def test_one_changed_letter_case_is_a_warning_not_a_refusal():
    good = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"
    assert parse_address(good, "eth").warnings == ()
    swapped = good.replace("B8A", "b8A", 1)
    assert any("EIP-55" in warning for warning in parse_address(swapped, "eth").warnings)


def test_published_base58_addresses_are_accepted_on_bitcoin_mainnet_only(shared):
    entries = json.loads((shared / "address-vectors/core_base58_keys_valid.json").read_text())
    addresses = [(a, info) for a, _, info in entries if not info["isPrivkey"]]
    assert addresses
    for address, info in addresses:
        assert ("btc" in networks_of(address)) == (not info["isTestnet"]), address


def test_published_invalid_base58_is_refused(shared):
    for (text,) in json.loads((shared / "address-vectors/core_base58_keys_invalid.json").read_text()):
        assert "btc" not in networks_of(text), text


def test_published_segwit_vectors(shared):
    with (shared / "address-vectors/bip173_bip350_vectors.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    # BIP 350 amends BIP 173: version 1 and later in Bech32 (not Bech32m) stopped being valid.
    valid = [r["string"] for r in rows if r["bip"] == "BIP350" and r["group"] == "valid_segwit"]
    mainnet = [address for address in valid if address.lower().startswith("bc1")]
    assert len(valid) == 8
    assert len(mainnet) == 5
    for address in valid:
        assert ("btc" in networks_of(address)) == (address in mainnet), address
    for row in rows:
        if row["group"] == "invalid_segwit":
            assert "btc" not in networks_of(row["string"]), row


def test_a_test_network_address_is_never_mainnet():
    for address in ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"):
        with pytest.raises(RecordError, match="no network accepts"):
            parse_address(address)


def test_the_network_is_decided_from_the_address_and_a_contradiction_is_refused():
    with pytest.raises(RecordError, match="Ethereum-like"):
        parse_address("0x098b716b8aaf21512996dc57eb0615e2383e2f96", "btc")
    with pytest.raises(RecordError, match="valid only on"):
        parse_address("TXDSr5SDTKFzsXBsNdTwQEYyeyqcBQekh7", "btc")


def test_a_token_ticker_is_not_a_network():
    with pytest.raises(RecordError, match="not a network"):
        parse_address("0x098b716b8aaf21512996dc57eb0615e2383e2f96", "USDT")


def test_the_same_twenty_bytes_on_two_networks_are_two_wallets():
    address = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
    assert Wallet.of(address, "eth").id == f"eip155:1:{address}"
    assert Wallet.of(address, "bsc").id == f"eip155:56:{address}"


def test_endless_text_is_no_address_and_is_not_decoded():
    """Base58 is decoded in quadratic time: fifty networks' checks of a damaged file's cell would take minutes."""
    assert networks_of("1" * 200_000) == {}
    with pytest.raises(RecordError, match="too long"):
        parse_address("1" * 200_000)


@given(st.text(max_size=200))
def test_any_text_is_an_address_or_a_record_error(text):
    try:
        checked = parse_address(text)
    except RecordError:
        return
    assert parse_address(checked.text, checked.network).id == checked.id
