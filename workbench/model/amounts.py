"""Exact amounts: base units as Python integers, text in the graph, never a float on the way."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from workbench.errors import RecordError

MAX_DIGITS = 78
"""A uint256 has at most 78 digits; nothing on a ledger is longer."""

USD_ASSET = "iso4217:USD"
"""The asset of transfers whose source gives only a dollar value; six decimals."""
USD_DECIMALS = 6


def parse_amount(text: str, *, field: str = "amount") -> Decimal:
    """The exact number a source wrote, thousands commas allowed; raises RecordError for anything else.

    A comma is accepted only where it separates groups of three digits: "1,620,00" is not a number.
    """
    raw = text.strip()
    if len(raw) > MAX_DIGITS + 30:
        raise RecordError("the amount has too many digits", field=field, value=raw[:40] + "…")
    if "," in raw:
        whole, _, fraction = raw.partition(".")
        groups = whole.lstrip("-").split(",")
        if not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
            raise RecordError("the commas are not thousands separators", field=field, value=text)
        raw = whole.replace(",", "") + (f".{fraction}" if fraction else "")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise RecordError("not a number", field=field, value=text) from None
    if not number.is_finite():
        raise RecordError("not a finite number", field=field, value=text)
    if not raw.isascii() or "_" in raw:
        raise RecordError("not plain digits", field=field, value=text)
    if number < 0:
        raise RecordError("a negative amount", field=field, value=text)
    if not number:
        return Decimal(0)
    if number.adjusted() >= MAX_DIGITS or number.adjusted() < -MAX_DIGITS:
        raise RecordError("larger or smaller than any ledger can hold", field=field, value=text)
    return number


def base_units(amount: Decimal, decimals: int, *, field: str = "amount") -> int:
    """`amount` in base units of an asset with `decimals` places; raises RecordError if it does not fit exactly."""
    sign, digits, exponent = amount.as_tuple()
    assert isinstance(exponent, int)  # parse_amount let only finite numbers through
    number = int("".join(map(str, digits)) or "0")
    shift = exponent + decimals
    if shift >= 0:
        units: int = number * 10**shift
    else:
        units, rest = divmod(number, 10**-shift)
        if rest:
            raise RecordError(f"more than {decimals} decimal places", field=field, value=str(amount))
    return -units if sign else units


def from_base_units(units: int, decimals: int) -> str:
    """Base units as plain decimal text, without trailing zeros: 1500000, 6 → "1.5"."""
    if decimals == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), 10**decimals)
    fraction = f"{rest:0{decimals}d}".rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
