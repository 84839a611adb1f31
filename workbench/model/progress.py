"""How far a long run is: a count that may know of how much it is a part."""

from __future__ import annotations


class Done(int):
    """How many are done; `share` (0 to 1) is how much of all that is, None where nobody knows."""

    share: float | None = None

    @classmethod
    def of(cls, count: int, share: float | None) -> Done:
        """A count and its share."""
        made = cls(count)
        made.share = None if share is None else min(max(share, 0.0), 1.0)
        return made
