"""The steps of a computation: whoever listens is told how many of how many are done."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from tests.exposure_case import FAR, KESTREL, MULE, story
from workbench.analysis.behaviour.run import behaviour
from workbench.analysis.clustering.run import cluster
from workbench.analysis.exposure.run import exposure
from workbench.analysis.exposure.screen import screen
from workbench.analysis.tracing.follow import trace
from workbench.cli import _progress
from workbench.cli._progress import Watch
from workbench.graph.store import Store
from workbench.model.progress import Done, each, listen

Told = list[tuple[str, int, int | None]]


def listening(told: Told) -> Callable[[], None]:
    return listen(lambda what, done: told.append((what, int(done), done.total)))


def test_each_item_comes_once_and_the_end_is_told() -> None:
    told: Told = []
    forget = listening(told)
    try:
        assert list(each("reading", "abc")) == ["a", "b", "c"]
        assert list(each("nothing", ())) == []
    finally:
        forget()
    assert list(each("unheard", "x")) == ["x"]
    assert told == [("reading", 0, 3), ("reading", 1, 3), ("reading", 2, 3), ("reading", 3, 3), ("nothing", 0, 0)]
    assert Done.out_of(0, 0).share == 1.0


def test_the_line_tells_the_step_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of four assets in 20 seconds: a minute more, if it goes on so; and after the end nobody listens."""
    now = [100.0]
    monkeypatch.setattr(_progress, "monotonic", lambda: now[0])
    with Watch(Console(file=io.StringIO()), "start") as watch:
        steps = each("following assets", range(4))
        next(steps)
        now[0] += 20
        next(steps)
        assert watch.line() == "following assets, 1 of 4, 25%, 20 s so far, about 60 s left"
        watch("writing", 7)
        assert watch.line().startswith("writing, 7, "), "the total was that of the step before"
    list(each("later", range(3)))
    assert watch.line().startswith("writing")


@pytest.mark.parametrize(
    ("ask", "steps"),
    [
        (lambda s: trace(s, incident=KESTREL.id), {"following assets": 2, "adding up assets": 2}),
        (lambda s: exposure(s, [MULE.id]), {"measuring exposure": 4}),
        (lambda s: screen(s, [MULE.address, FAR.address]), {"measuring exposure": 4, "answering": 2}),
        (lambda s: behaviour(s, KESTREL.id, patterns=["fan-out", "reuse"]), {"looking for patterns": 2}),
        (lambda s: cluster(s, ["deposit_reuse"], write=False), {"clustering": 1}),
    ],
)  # fmt: skip
def test_the_analyses_tell_their_steps(store: Store, ask: Callable[[Store], Any], steps: dict[str, int]) -> None:
    story(store)
    told: Told = []
    forget = listening(told)
    try:
        ask(store)
    finally:
        forget()
    for what, total in steps.items():
        assert [done for name, done, _ in told if name == what] == list(range(total + 1))
        assert {of for name, _, of in told if name == what} == {total}
