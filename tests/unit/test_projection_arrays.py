"""The server's numbers of wallets, dense or sparse, become 0…n-1; a wallet that is gone is noticed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.projection import _renumber
from workbench.errors import DatabaseError


@given(st.lists(st.integers(0, 2**40), min_size=1, unique=True), st.data())
def test_renumbering_finds_every_place(numbers: list[int], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(numbers) - 1)))
    internal = np.array(numbers, np.int64)
    assert _renumber(internal[places], internal).tolist() == places


@pytest.mark.parametrize("internal", [[0, 1, 3], [0, 10**9, 3 * 10**9], []])
@pytest.mark.parametrize("lost", [2, 2 * 10**9, 10**12])
def test_a_number_nobody_has_is_an_error(internal: list[int], lost: int) -> None:
    with pytest.raises(DatabaseError, match="deleted"):
        _renumber(np.array([lost], np.int64), np.array(internal, np.int64))
