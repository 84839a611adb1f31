"""Reads in threads: a fixed order, faults that arrive, nobody left reading."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.graph.side_by_side import side_by_side


@given(st.lists(st.lists(st.integers(), max_size=5), max_size=4))
def test_every_row_comes_once_and_in_turns(many):
    got = list(side_by_side([lambda rows=rows: (row for row in rows) for rows in many]))
    longest = max(map(len, many), default=0)
    assert got == [rows[i] for i in range(longest) for rows in many if i < len(rows)]


def test_the_order_does_not_depend_on_who_is_slow():
    def slow():
        for i in range(3):
            time.sleep(0.02)
            yield f"slow {i}"

    assert list(side_by_side([slow, lambda: (f"quick {i}" for i in range(3))])) == [
        f"{who} {i}" for i in range(3) for who in ("slow", "quick")
    ]


def test_a_fault_reaches_whoever_reads():
    def broken():
        yield 1
        raise ValueError("the server is gone")

    rows = side_by_side([broken, lambda: (i for i in range(10))])
    with pytest.raises(ValueError, match="the server is gone"):
        list(rows)


def test_nobody_goes_on_reading_for_one_who_has_left():
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    rows = side_by_side([endless])
    assert next(rows) == 0
    rows.close()
    assert closed.wait(timeout=5)
