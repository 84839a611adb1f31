"""What tokens call themselves, as the loaded sources say it.

A token is its contract; its symbol is chosen by whoever deployed it. So a symbol is no evidence of what a token is, and
good evidence of what it wants to be taken for: that is what the guard against counterfeits asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from workbench.analysis.tracing.known_tokens import imitated
from workbench.graph.store import Store

_SAID = (
    "MATCH (t:Token)<-[c:DESCRIBES_TOKEN]-() WHERE c.retracted_at IS NULL AND c.symbol IS NOT NULL "
    "RETURN t.id AS asset, c.symbol AS symbol, count(DISTINCT c.source_id) AS sources ORDER BY asset, symbol"
)


def token_symbols(store: Store) -> Mapping[str, str]:
    """The symbol of every token that a loaded source gives one, by asset id.

    Where sources differ, one that imitates a well-known token or coin goes before the others (somebody was shown it),
    then the one that most sources have, then the first in the alphabet; the query `transfers/token-symbols` has
    all of them with their sources. A token whose decimals were not known is there under that asset id too.
    """
    found: dict[str, list[tuple[bool, int, str]]] = defaultdict(list)
    for asset, symbol, sources in store.read(_SAID).rows:
        found[asset].append((imitated(asset, symbol) is None, -sources, symbol))
    symbols = {asset: min(said)[2] for asset, said in found.items()}
    return symbols | {asset.replace("/erc20:", "/erc20x18:"): symbol for asset, symbol in symbols.items()}


__all__ = ["token_symbols"]
