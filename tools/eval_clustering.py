"""Measures how often clustering is right where the owners are known, and writes docs/accuracy-clustering.md.

    python tools/eval_clustering.py

Two kinds of data: the transactions written by hand (tests/data/coinjoin), and seeded ledgers made by
`analysis.clustering.generated`. Nothing was tuned on the seeds that are measured.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.analysis.clustering.cases import Case, read_cases
from workbench.analysis.clustering.coinjoin import detect
from workbench.analysis.clustering.evidence import Evidence
from workbench.analysis.clustering.generated import Accounts, Coins, Dealings
from workbench.analysis.clustering.heuristics import chosen
from workbench.analysis.clustering.measured import in_percent
from workbench.analysis.clustering.result import Clustering
from workbench.analysis.clustering.run import clustering, settled
from workbench.analysis.evaluation.intervals import Figure, wilson

PROJECT = Path(__file__).resolve().parent.parent
CASES = PROJECT / "tests" / "data" / "coinjoin" / "cases.txt"
PAGE = PROJECT / "docs" / "accuracy-clustering.md"
SHOWN = PROJECT / "workbench" / "analysis" / "measured" / "clustering.json"
SEEDS = range(100, 110)
STRANGERS = {"deposit_reuse_own": 0.0, "deposit_reuse_few": 0.02, "deposit_reuse": 0.1}
"""Shares of deposits that somebody else pays in: what decides whether deposit_reuse is right."""
NEW_ADDRESS = 0.2
"""Share of customers with a second deposit address at an exchange, in a ledger of its own."""
Counts = tuple[int, int, int]
"""Pairs joined that have one owner, pairs joined, pairs that have one owner."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="not used: nothing of the shared data has owners")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen_ = parser.parse_args()
    measured = measure()
    chosen_.page.write_text(page(measured), encoding="utf-8")
    SHOWN.write_text(json.dumps(shown(measured), indent=1) + "\n", encoding="utf-8")


def measure() -> dict[str, Any]:
    """Every count that the page and the words of a result are made of."""
    cases = read_cases(CASES)
    hand = Evidence.of(case.spend for case in cases)
    owners = {wallet: owner for case in cases for wallet, owner in case.owners.items()}
    found: dict[str, Any] = {
        "hand": {
            kind: (pairs(run(hand, "co_spend", **given), owners), links(run(hand, "co_spend", **given), owners))
            for kind, given in (("left out", {}), ("not left out", {"leave_out_coinjoins": False}))
        },
        "rules": _rules(cases),
    }
    sums: dict[str, Counter[str]] = {}
    detected: Counter[str] = Counter()
    for seed in SEEDS:
        coins = Coins(seed)
        evidence = Evidence.of(coins.spends)
        kinds: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
            "co_spend": (("co_spend",), {}),
            "co_spend_with_coinjoins": (("co_spend",), {"leave_out_coinjoins": False}),
            "one_time_change": (("one_time_change",), {}),
            "one_time_change_again": (("one_time_change",), {"change_seen_again": True}),
            "both": (("co_spend", "one_time_change"), {}),
        }
        for name, (used, given) in kinds.items():
            _count(sums.setdefault(name, Counter()), run(evidence, *used, **given), coins.owners)
        fired = {join.transaction for join in evidence.coinjoins()}
        detected += Counter(hits=len(fired & coins.coinjoins), fired=len(fired), there=len(coins.coinjoins))
        for name, share in STRANGERS.items():
            for turning, suffix in ((0.0, ""), (NEW_ADDRESS, "_turning")):
                accounts = Accounts(seed, dealings=Dealings(stranger_pays=share, new_address=turning))
                evidence = Evidence.of(transfers=accounts.transfers, owners=accounts.claims)
                for one_each, kept in ((True, ""), (False, "_any")):
                    made = run(evidence, "deposit_reuse", deposit_one_each=one_each)
                    _count(sums.setdefault(name + suffix + kept, Counter()), made, accounts.owners)
    return {**found, "sums": sums, "detected": detected}


def run(evidence: Evidence, *names: str, **parameters: Any) -> Clustering:
    """Clusters by these heuristics."""
    used = chosen(names)
    return clustering(evidence, used, *settled(used, parameters))


def pairs(found: Clustering, owners: Mapping[str, str]) -> Counts:
    """Counted over pairs of wallets."""
    both: Counter[tuple[str, str]] = Counter()
    size: Counter[str] = Counter()
    for wallet, of in found.membership().items():
        both[of, owners[wallet]] += 1
        size[of] += 1
    known = set(found.links.wallets.tolist())
    total = Counter(who for wallet, who in owners.items() if wallet in known and not who.startswith("exchange"))
    return _pairs(both.values()), _pairs(size.values()), _pairs(total.values())


def links(found: Clustering, owners: Mapping[str, str]) -> tuple[int, int]:
    """Links (transactions, deposit addresses) whose wallets all have one owner, and links."""
    of_group: dict[int, set[str]] = {}
    names = found.links.wallets
    for group, member in zip(found.links.group.tolist(), found.links.member.tolist(), strict=True):
        of_group.setdefault(group, set()).add(owners[str(names[member])])
    return sum(1 for who in of_group.values() if len(who) == 1), len(of_group)


def _count(sums: Counter[str], found: Clustering, owners: Mapping[str, str]) -> None:
    right, joined, there = pairs(found, owners)
    right_links, all_links = links(found, owners)
    sums.update(right=right, joined=joined, there=there, right_links=right_links, links=all_links)
    largest = max((len({owners[w] for w in found.members(name)}) for name in found.clusters["cluster"]), default=0)
    sums["most_owners"] = max(sums["most_owners"], largest)


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def _rules(cases: list[Case]) -> list[tuple[str, str, str, str]]:
    told = []
    for case in cases:
        fired = detect(case.spend)
        told.append((case.name, case.truth, fired[0] if fired else "none", case.why))
    return told


def shown(measured: Mapping[str, Any]) -> dict[str, Any]:
    """What results say of their heuristics."""
    on = {
        "co_spend": "generated ledgers with CoinJoins",
        "co_spend_with_coinjoins": "generated ledgers, CoinJoins not left out",
        "one_time_change": "generated ledgers, all of their history loaded",
        "deposit_reuse": "generated accounts, a tenth of the deposits paid by strangers",
    }
    made = {}
    for name, text in on.items():
        sums = measured["sums"][name]
        made[name] = {
            "on": text,
            "precision": asdict(wilson(sums["right"], sums["joined"])),
            "recall": asdict(wilson(sums["right"], sums["there"])),
            "links": asdict(wilson(sums["right_links"], sums["links"])),
        }
    return made


def page(measured: Mapping[str, Any]) -> str:
    """The page as Markdown."""
    lines = [_HEAD, "| CoinJoins | precision | recall | transactions that join one owner's only |", "|---|---|---|---|"]
    for kind, ((right, joined, there), (right_links, all_links)) in measured["hand"].items():
        lines.append(f"| {kind} | {_cell(right, joined)} | {_cell(right, there)} | {_cell(right_links, all_links)} |")
    lines += ["", "| case | in truth | rule that fires | |", "|---|---|---|---|"]
    lines += [f"| {name} | {truth} | {rule} | {why} |" for name, truth, rule, why in measured["rules"]]
    lines += ["", _GENERATED.format(first=SEEDS[0], last=SEEDS[-1])]
    lines += ["| heuristic | links with one owner only | precision | recall | most owners in one cluster |"]
    lines += ["|---|---|---|---|---|"]
    names = {
        "co_spend": "co_spend",
        "co_spend_with_coinjoins": "co_spend, CoinJoins not left out",
        "one_time_change": "one_time_change",
        "one_time_change_again": "one_time_change, `change_seen_again`",
        "both": "co_spend and one_time_change",
    }
    deposits = {
        "deposit_reuse_own": "deposit_reuse, everybody uses their own deposit address",
        "deposit_reuse_few": "deposit_reuse, 2 % of the deposits are paid by others",
        "deposit_reuse": "deposit_reuse, 10 % of the deposits are paid by others",
    }
    for suffix, also in (("", ""), ("_turning", f"; {NEW_ADDRESS:.0%} of the customers have two deposit addresses")):
        for name, title in deposits.items():
            names[name + suffix] = title + also
            names[name + suffix + "_any"] = f"the same, `deposit_one_each` false{also}"
    for name, title in names.items():
        s = measured["sums"][name]
        cells = [_cell(s["right_links"], s["links"]), _cell(s["right"], s["joined"]), _cell(s["right"], s["there"])]
        lines.append(f"| {title} | {' | '.join(cells)} | {s['most_owners']} |")
    lines.append("| same_key | not measured | not measured | not measured | not measured |")
    seen = measured["detected"]
    lines += [
        "",
        f"CoinJoins in them: {_cell(seen['hits'], seen['there'])} are found (those of two people never are), and of "
        f"the transactions that a rule fires for {_cell(seen['hits'], seen['fired'])} are CoinJoins.",
    ]
    return "\n".join(lines) + _TAIL


def _cell(hits: int, n: int) -> str:
    share: Figure = wilson(hits, n)
    if share.value is None:
        return "–"
    return f"{share.hits:,} of {share.n:,}: {in_percent(asdict(share))}"


_HEAD = """\
# How often clusters are right

Written by `make eval` (`tools/eval_clustering.py`); do not edit.

Counted over pairs of wallets. Precision: of the pairs that are in one cluster, how many have one owner. Recall: of the
pairs that have one owner (other than an exchange), how many are in one cluster: low, as most addresses never spend
together. Intervals are Wilson's, 95 %; pairs of one cluster are not independent, so the true ones are wider. One wrong
link makes many wrong pairs: the links are counted too. Shares are rounded down.

## Transactions written by hand

`tests/data/coinjoin/cases.txt`: every kind of CoinJoin, and payouts and consolidations that look like one. It is made
to be hard, not to be typical.
"""
_GENERATED = """\
## Generated ledgers

Seeds {first} to {last} of `analysis.clustering.generated`: in each 200 people and shops with 2,000 payments, change,
used addresses, 3 % CoinJoins and 0.5 % PayJoins; and 300 customers of three exchanges. The habits are invented.
"""
_TAIL = """

What this does not show: how people really pay. A generated ledger has no exchange with millions of customers, no
wallet software with habits of its own, and its history is whole; with part of the history one_time_change takes old
addresses for new ones. `same_key` is not measured: that one key has the same
address everywhere follows from how addresses are made, contracts are left out, and it is wrong where two hands hold one
key (stolen, sold, a service's). How often that is no ledger shows, so a generated one would give back what was put in.
`deposit_one_each` rests on what the rule itself assumes, that an exchange makes an address for one customer (Victor
2020); where customers are given new ones it costs links. A PayJoin joins two owners and no rule can see it: the
collapse guard and `what_if` are for that.
"""


if __name__ == "__main__":
    main()
