"""One line of the benchmark page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Ours against a rival or a limit, measured in the same run."""

    what: str
    ours: float
    rival: float
    unit: str
    wanted: float
    """What `ratio` should be at least, or at most."""
    at_least: bool
    rival_name: str = "limit"

    @property
    def ratio(self) -> float:
        """Ours divided by the rival's."""
        return self.ours / self.rival if self.rival else float("inf")

    @property
    def met(self) -> bool:
        """Whether the ratio is as wanted."""
        return self.ratio >= self.wanted if self.at_least else self.ratio <= self.wanted

    def row(self) -> str:
        """As a line of a Markdown table."""
        sign = "≥" if self.at_least else "≤"
        return (
            f"| {self.what} | {self.ours:,.4g} {self.unit} | {self.rival:,.4g} {self.unit} ({self.rival_name}) "
            f"| {self.ratio:.2f} | {sign} {self.wanted:g} | {'yes' if self.met else '**no**'} |"
        )
