"""The same numbers of notes of several sizes were paid in by one address and out to one other."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from workbench.analysis.demixing.events import Event, Link, Mixing

TITLE = "the same pattern of several denominations"
SOURCE = "Wu et al. 2022, Tutela (arXiv 2201.06811): multi-denomination reveal"
WHOLE = True
LEAST = 3
"""Notes in all; and of at least two sizes."""


def links(mixing: Mixing) -> Iterator[Link]:
    """Patterns that one depositor and one recipient have and nobody else, every note paid in before it came out."""
    ins, outs = _patterns(mixing.deposits), _patterns(mixing.withdrawals)
    of: dict[int, list[int]] = defaultdict(list)
    for number, event in enumerate(mixing.withdrawals):
        of[event.wallet].append(number)
    for pattern, recipients in sorted(outs.items()):
        notes = sum(count for _, count in pattern)
        if len(pattern) < 2 or notes < LEAST or len(recipients) != 1 or len(ins.get(pattern, ())) != 1:
            continue
        recipient, depositor = recipients[0], ins[pattern][0]
        seen: Counter[int] = Counter()
        timely = recipient != depositor
        for number in of[recipient]:
            event = mixing.withdrawals[number]
            seen[event.pool] += 1
            timely &= mixing.deposited_before(event.pool, depositor, event.time_ms) >= seen[event.pool]
        if timely:
            for number in of[recipient]:
                yield Link(number, depositor, f"both have the same {notes} notes of {len(pattern)} sizes, nobody else")


def _patterns(events: Sequence[Event]) -> dict[tuple[tuple[int, int], ...], list[int]]:
    notes: dict[int, Counter[int]] = defaultdict(Counter)
    for event in events:
        notes[event.wallet][event.pool] += 1
    found: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    for wallet, counts in notes.items():
        found[tuple(sorted(counts.items()))].append(wallet)
    return found
