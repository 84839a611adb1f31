"""Amounts are exact and times are aware: properties, and the dirt that real files contain."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import RecordError
from workbench.model.amounts import base_units, from_base_units, parse_amount
from workbench.model.times import date_precision, parse_time


@given(st.integers(0, 2**256 - 1), st.integers(0, 36))
def test_base_units_and_text_are_inverse(units, decimals):
    assert base_units(parse_amount(from_base_units(units, decimals)), decimals) == units


@given(st.integers(0, 10**15))
def test_thousands_commas_change_nothing(number):
    assert parse_amount(f"{number:,}") == number


@pytest.mark.parametrize(
    "text",
    ["1,620,00", ",5", "1,2", "abc", "", "NaN", "inf", "-1", "1e400", "9" * 200, "1E-99999999", "1_000", "\u0661"],
)
def test_what_is_not_an_amount_is_refused(text):
    with pytest.raises(RecordError):
        parse_amount(text)


def test_more_decimals_than_the_asset_has_are_not_rounded():
    with pytest.raises(RecordError, match="decimal places"):
        base_units(Decimal("0.123456789"), 8)


@pytest.mark.parametrize(
    "text",
    [
        "2023-06-02 21:49:23",
        "2023-06-02T21:49:23Z",
        "2023/06/02 21:49:23",
        "2023-06-02T23:49:23+02:00",
        "1685742563",
    ],
)
def test_the_spellings_of_one_instant(text):
    parsed = parse_time(text)
    assert parsed == datetime(2023, 6, 2, 21, 49, 23, tzinfo=UTC)
    assert parsed.tzinfo is UTC


def test_the_short_form_of_the_ground_truth_files():
    assert parse_time("2022/6/28 20:02") == datetime(2022, 6, 28, 20, 2, tzinfo=UTC)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_an_offset_changes_the_spelling_not_the_instant(naive, minutes):
    aware = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(aware.isoformat()) == aware


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1969-12-31",
        "2500-01-01",
        "99999999999999999999",
        "0001-01-01",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "\u00b2" * 9,
    ],
)
def test_what_is_not_a_time_is_refused(text):
    with pytest.raises(RecordError):
        parse_time(text)


def test_precision_of_written_dates():
    assert [date_precision(t) for t in ("2017", "2017-05", "2017-05-12", "2017-05-12 10:00")] == [
        "year", "month", "day", "time",
    ]  # fmt: skip


def test_a_zero_with_a_monstrous_exponent_is_zero_at_once():
    assert base_units(parse_amount("0E+3000000"), 18) == 0
