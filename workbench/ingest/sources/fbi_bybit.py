"""The FBI's list of 51 Ethereum addresses from the Bybit theft: alert I-022625-PSA of 26 February 2025.

What the alert says of them, as reported when it came out: they hold or have held assets from the theft, and are
operated by or closely connected to the actors the FBI calls TraderTraitor, who use them to launder the stolen
assets. It published the addresses; it did not sanction them. An address that is not among the 51 is never loaded
under the FBI's name.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.sources.address_list import AddressList, sample_addresses
from workbench.model.nodes import Wallet

AUTHORITY_CONFIDENCE = 90
"""STIX confidence given to an authority's own statement, which states none: it is flat, and not proof."""
_LONGEST = 64


class FbiBybit(AddressList):
    """The 51 addresses, one a line, without anything around them."""

    name = "fbi-bybit"
    title = "FBI alert I-022625-PSA: 51 Bybit addresses"
    doc = "The plain list of the alert; who says it and what it means are known to the format."

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A short list of which nearly all are of the 51."""
        words = sample_addresses(sample)
        if not words or len(words) > _LONGEST or len(words) < 2 or sample.lstrip("\ufeff \r\n").startswith("#"):
            return 0
        return 97 if sum(word.lower() in psa_addresses() for word in words) >= 0.8 * len(words) else 0

    def given(self, file: SourceFile) -> dict[str, Any]:
        """The alert, its wording in our vocabulary, and its address."""
        return {
            "source": "fbi-ic3-2025-02-26", "title": "Alert I-022625-PSA on the theft from Bybit",
            "publisher": "FBI IC3", "kind": "authority", "url": "https://www.ic3.gov/PSA/2025/PSA250226",
            "licence": "public domain (United States government)", "published": "2025-02-26", "network": "eth",
            "listing": "published", "incident": ["bybit-2025 Bybit"], "role": "laundering",
            "group": ["fbi:tradertraitor TraderTraitor"], "confidence": AUTHORITY_CONFIDENCE, "method": "statement",
        }  # fmt: skip

    def check(self, wallet: Wallet) -> None:
        """Only what the FBI published is loaded as published by the FBI."""
        if wallet.address not in psa_addresses():
            raise RecordError("not one of the 51 addresses of the alert", field="address", value=wallet.address)


@lru_cache(maxsize=1)
def psa_addresses() -> frozenset[str]:
    """The 51 addresses, in lower case, from the bundled copy of the list."""
    text = files("workbench.bundled").joinpath("fbi-bybit", "fbi_psa250226_51.txt").read_text("utf-8")
    return frozenset(text.lower().split())
