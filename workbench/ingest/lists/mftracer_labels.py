"""What the labels of the MFTracer ground truth mean: which name a service, which the victim or thief.

A label that is in neither table (Terminus, Fake_Phishing181463, …) is a name and nothing more. Concepts are
GraphSense's (https://graphsense.github.io/taxonomies). Labels of Atomic Wallet and LI.FI are all covered;
the rules for deposit addresses and vaults hold for the data set's other incidents too.
"""

from __future__ import annotations

import re

from workbench.model.claims import Role
from workbench.model.nodes import Service, slug

_SERVICES: tuple[tuple[str, str, str, str | None], ...] = (
    # label, the service, its concept, what the address is to it
    (r"THORChain_vault_\w+", "THORChain", "defi_bridge", "vault"),
    (r"THORChain: .*Router.*", "THORChain", "defi_bridge", "router"),
    (r"Tornado\.Cash: .*Router.*", "Tornado Cash", "mixing_service", "router"),
    (r"Tornado\.Cash: .*", "Tornado Cash", "mixing_service", "contract"),
    (r"SWFT Swap", "SWFT", "defi_bridge", None),
    (r"Transit Swap: Router.*", "Transit Swap", "defi_dex", "router"),
    (r"Avalanche: Bridge", "Avalanche Bridge", "defi_bridge", "bridge"),
    (r"CBridge", "Celer cBridge", "defi_bridge", "bridge"),
    (r"Hop", "Hop Protocol", "defi_bridge", "bridge"),
    (r"Symbiosis Finance: Portal", "Symbiosis Finance", "defi_bridge", "bridge"),
    (r"eXch", "eXch", "exchange", None),
    (r"ChangeHero", "ChangeHero", "exchange", None),
    (r"ChainUp: Custody", "ChainUp", "wallet_service", "custody"),
    (r"Cobo_0x[0-9a-f]{4}", "Cobo", "wallet_service", "custody"),
)
_DEPOSIT = re.compile(r"([A-Za-z][A-Za-z.]{1,30})_Deposit_0x\w+")
_EXCHANGES = {"Stake": ("Stake.com", "gambling"), "KuCoin": ("KuCoin", "exchange")}
_NUMBERED = re.compile(r"(Binance|BingX|Coinbase|HTX|KuCoin|Kraken|OKX) \d{1,3}")
_AFTER = re.compile(r"\s+AWHT\Z")
"""Atomic Wallet Hack Terminus: where a path of that incident ends, beside the name of the service."""


def service_of(label: str) -> tuple[Service, str | None] | None:
    """The service a label names, and what the address is to it; None where it names none."""
    name = _AFTER.sub("", label.strip())
    if match := _DEPOSIT.fullmatch(name):
        title, concept = _EXCHANGES.get(match[1], (match[1], "exchange"))
        return _service(title, concept), "deposit"
    if match := _NUMBERED.fullmatch(name):
        return _service(match[1], "exchange"), None
    for rule, title, concept, role in _SERVICES:
        if re.fullmatch(rule, name):
            return _service(title, concept), role
    return None


def role_in_incident(label: str) -> Role | None:
    """`OSRC` marks those from whom the money was taken; `SRC`, `Exploiter` and `Hacker` those who took it."""
    words = label.split()
    if "OSRC" in words:
        return "victim"
    return "thief" if {"SRC", "Exploiter", "Hacker"} & set(words) else None


def _service(name: str, concept: str) -> Service:
    return Service(id=slug(name), name=name, concept=concept)
