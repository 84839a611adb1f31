"""Could that many people have paid for these outputs, each from addresses of their own?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.analysis.clustering.ledger import Coin, Spend

DUST = (546, 2_730)
"""Outputs of these amounts carry messages, not value (BlockSci leaves them out too)."""
STEPS = 20_000
DEEPEST = 60
"""Inputs beyond which only the quick way is tried: the exact one may take for ever."""


def most_equal(outputs: Sequence[Coin]) -> tuple[int, int]:
    """The amount that most outputs have (of equals the larger one), and how many have it; (0, 0): none."""
    counts = Counter(coin.amount for coin in outputs if coin.amount > max(DUST))
    return max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))


def by_address(coins: Sequence[Coin]) -> dict[str, int]:
    """What each address puts in or gets."""
    sums: Counter[str] = Counter()
    for coin in coins:
        sums[coin.wallet] += coin.amount
    return dict(sums)


def addresses_are_fresh(spend: Spend) -> bool:
    """Every output has an address of its own, and none pays an address that it spends from.

    Wallets that make CoinJoins never use an address twice; a service that pays many people at once often takes
    its change back to an address it spends from.
    """
    paid = [coin.wallet for coin in spend.outputs]
    return len(set(paid)) == len(paid) and not set(paid) & {coin.wallet for coin in spend.inputs}


def fundable(values: Sequence[int], goals: Sequence[int]) -> bool | None:
    """Whether the values can be split into groups so that each goal is met by its own group; None: not decided.

    Quick way first (largest value to the largest open goal), then every way, within bounds.
    """
    left = sorted((goal for goal in goals if goal > 0), reverse=True)
    ordered = sorted(values, reverse=True)
    if sum(ordered) < sum(left):
        return False
    if not left or _greedy(ordered, left):
        return True
    if len(ordered) > DEEPEST:
        return None
    steps = 0
    stack: list[tuple[int, tuple[int, ...]]] = [(0, tuple(left))]
    seen: set[tuple[int, tuple[int, ...]]] = set()
    rest = [sum(ordered[i:]) for i in range(len(ordered) + 1)]
    while stack:
        at, open_goals = stack.pop()
        if not open_goals:
            return True
        if at == len(ordered) or rest[at] < sum(open_goals) or (at, open_goals) in seen:
            continue
        seen.add((at, open_goals))
        steps += 1
        if steps > STEPS:
            return None
        for goal in set(open_goals):
            remaining = list(open_goals)
            remaining.remove(goal)
            if goal > ordered[at]:
                remaining.append(goal - ordered[at])
            stack.append((at + 1, tuple(sorted(remaining, reverse=True))))
    return False


def _greedy(values: Sequence[int], goals: Sequence[int]) -> bool:
    """Each value to the largest goal it meets alone, else to the largest that is open."""
    open_goals = sorted(goals)
    for value in values:
        if not open_goals:
            break
        met = [goal for goal in open_goals if goal <= value]
        goal = met[-1] if met else open_goals[-1]
        open_goals.remove(goal)
        if goal > value:
            open_goals.append(goal - value)
            open_goals.sort()
    return not open_goals
