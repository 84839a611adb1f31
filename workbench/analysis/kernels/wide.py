"""Exact integers of one or two limbs, so that a kernel is written once and compiled for both.

An amount is an int64, or a pair (low, high) of uint64 below 2^127. Arrays of amounts are `int64[n]` or
`uint64[n, 2]`; numba picks the implementation by the type of what it is given. Nothing here checks for overflow: the
caller makes sure that the total of an asset fits (`limbs.representation`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.extending import intrinsic, overload

from workbench.analysis.kernels.jit import inline, kernel

ONE_LIMB, TWO_LIMBS = np.int64, np.uint64
_U = np.uint64
_HALF = _U(0xFFFFFFFF)
_32 = _U(32)
_0 = _U(0)
_1 = _U(1)
_63 = _U(63)
_TOP = _U(1) << _U(63)
_ALL = ~_U(0)


def get(amounts: Any, i: int) -> Any:
    """The amount at `i`."""


def put(amounts: Any, i: int, value: Any) -> None:
    """Store an amount at `i`."""


def zeros(amounts: Any, n: int) -> Any:
    """An array of `n` times nothing, of the kind of this one."""


def zero(amounts: Any) -> Any:
    """Nothing, in the form in which this array keeps amounts."""


def add(x: Any, y: Any) -> Any:
    """x + y."""


def sub(x: Any, y: Any) -> Any:
    """x - y, where y is not larger."""


def less(x: Any, y: Any) -> Any:
    """x < y."""


def positive(x: Any) -> Any:
    """Whether it is more than nothing."""


def muldiv(t: Any, v: Any, b: Any) -> Any:
    """floor(t * v / b) for t, v <= b, exactly: the product has twice the limbs."""


def _wide(one: Any) -> bool:
    return isinstance(one, types.Array) and one.ndim == 2 or isinstance(one, types.UniTuple)


@overload(get, strict=False)
def _get(amounts: Any, i: Any) -> Any:
    if _wide(amounts):
        return lambda amounts, i: (amounts[i, 0], amounts[i, 1])
    return lambda amounts, i: amounts[i]


@overload(put, strict=False)
def _put(amounts: Any, i: Any, value: Any) -> Any:
    if _wide(amounts):

        def store(amounts: Any, i: Any, value: Any) -> None:
            amounts[i, 0] = value[0]
            amounts[i, 1] = value[1]
    else:

        def store(amounts: Any, i: Any, value: Any) -> None:
            amounts[i] = value

    return store


@overload(zeros, strict=False)
def _zeros(amounts: Any, n: Any) -> Any:
    if _wide(amounts):
        return lambda amounts, n: np.zeros((n, 2), np.uint64)
    return lambda amounts, n: np.zeros(n, np.int64)


@overload(zero, strict=False)
def _zero(amounts: Any) -> Any:
    if _wide(amounts):
        return lambda amounts: (_0, _0)
    return lambda amounts: np.int64(0)


@overload(add, strict=False)
def _add(x: Any, y: Any) -> Any:
    if _wide(x):

        def both(x: Any, y: Any) -> Any:
            low = x[0] + y[0]
            return low, x[1] + y[1] + (_1 if low < x[0] else _0)

        return both
    return lambda x, y: x + y


@overload(sub, strict=False)
def _sub(x: Any, y: Any) -> Any:
    if _wide(x):
        return lambda x, y: (x[0] - y[0], x[1] - y[1] - (_1 if x[0] < y[0] else _0))
    return lambda x, y: x - y


@overload(less, strict=False)
def _less(x: Any, y: Any) -> Any:
    if _wide(x):
        return lambda x, y: x[1] < y[1] or (x[1] == y[1] and x[0] < y[0])
    return lambda x, y: x < y


@overload(positive, strict=False)
def _positive(x: Any) -> Any:
    if _wide(x):
        return lambda x: x[0] != _0 or x[1] != _0
    return lambda x: x > 0


# --- products ------------------------------------------------------------------------------------


def _product_typed(context: Any, a: Any, b: Any) -> Any:
    """(low, high) of the product of two uint64: one instruction on the machines we know."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        both = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        low = builder.trunc(both, ir.IntType(64))
        high = builder.trunc(builder.lshr(both, ir.Constant(wide, 64)), ir.IntType(64))
        return context.make_tuple(builder, signature.return_type, (low, high))

    pair: Any = types.UniTuple
    return pair(types.uint64, 2)(types.uint64, types.uint64), generate


_product: Any = intrinsic(_product_typed)


@inline
def _leading_zeros(x: Any) -> Any:
    n = _0
    for step in (32, 16, 8, 4, 2, 1):
        size = _U(step)
        if x >> (_U(64) - size) == _0:
            n += size
            x <<= size
    return n


@kernel
def _divide(high: Any, low: Any, by: Any) -> Any:
    """(quotient, remainder) of high·2^64 + low by a normalised divisor > high (Knuth 4.3.1 D, 32-bit digits)."""
    by1, by0 = by >> _32, by & _HALF
    low1, low0 = low >> _32, low & _HALF
    q1 = high // by1
    r = high - q1 * by1
    while q1 > _HALF or q1 * by0 > ((r << _32) | low1):
        q1 -= _1
        r += by1
        if r > _HALF:
            break
    middle = (high << _32) + low1 - q1 * by
    q0 = middle // by1
    r = middle - q0 * by1
    while q0 > _HALF or q0 * by0 > ((r << _32) | low0):
        q0 -= _1
        r += by1
        if r > _HALF:
            break
    return (q1 << _32) + q0, (middle << _32) + low0 - q0 * by


@kernel
def muldiv_one(t: Any, v: Any, b: Any) -> Any:
    """floor(t·v / b) of uint64 with t, v <= b."""
    low, high = _product(t, v)
    if high == _0:
        return low // b
    shift = _leading_zeros(b)
    if shift:
        high = (high << shift) | (low >> (_U(64) - shift))
        low <<= shift
    return _divide(high, low, b << shift)[0]


@inline
def _digit(p2: Any, p1: Any, p0: Any, b1: Any, b0: Any) -> Any:
    """One quotient digit of (p2, p1, p0) by the normalised (b1, b0), and the two limbs that remain."""
    fits = True
    if p2 >= b1:
        q = _ALL
        r = p1 + b1
        fits = r >= b1  # else the remainder has outgrown its limb, and the digit is right
    else:
        q, r = _divide(p2, p1, b1)
    while fits:
        low, high = _product(q, b0)
        if high < r or (high == r and low <= p0):
            break
        q -= _1
        r += b1
        fits = r >= b1
    low, high = _product(q, b0)
    rest0 = p0 - low
    rest1 = p1 - q * b1 - high - (_1 if p0 < low else _0)
    return q, rest1, rest0


@kernel
def muldiv_two(t: Any, v: Any, b: Any) -> Any:
    """floor(t·v / b) of pairs below 2^127, with t, v <= b."""
    if b[1] == _0:
        return muldiv_one(t[0], v[0], b[0]), _0
    a0, a1 = _product(t[0], v[0])
    c0, c1 = _product(t[1], v[0])
    d0, d1 = _product(t[0], v[1])
    e0, e1 = _product(t[1], v[1])
    p0 = a0
    p1 = a1 + c0
    carry = _1 if p1 < a1 else _0
    p1 += d0
    carry += _1 if p1 < d0 else _0
    p2 = c1 + carry
    over = _1 if p2 < c1 else _0
    p2 += d1
    over += _1 if p2 < d1 else _0
    p2 += e0
    over += _1 if p2 < e0 else _0
    p3 = e1 + over
    shift = _leading_zeros(b[1])
    b1, b0 = b[1], b[0]
    if shift:
        back = _U(64) - shift
        b1 = (b1 << shift) | (b0 >> back)
        b0 <<= shift
        p3 = (p3 << shift) | (p2 >> back)
        p2 = (p2 << shift) | (p1 >> back)
        p1 = (p1 << shift) | (p0 >> back)
        p0 <<= shift
    q1, r1, r0 = _digit(p3, p2, p1, b1, b0)
    q0, r1, r0 = _digit(r1, r0, p0, b1, b0)
    return q0, q1


@inline
def _muldiv_int64(t: Any, v: Any, b: Any) -> Any:
    """By floating point where its error is below one, mended by the remainder; else by the wide product."""
    guess = float(t) * float(v) / float(b)
    if guess < 1e15 and b < 1 << 61:
        q = np.int64(guess)
        rest = t * v - q * b  # wraps to the true value, which lies between -b and 2b
        if rest < 0:
            q -= 1
        elif rest >= b:
            q += 1
        return q
    return np.int64(muldiv_one(np.uint64(t), np.uint64(v), np.uint64(b)))


@overload(muldiv, strict=False)
def _muldiv(t: Any, v: Any, b: Any) -> Any:
    if _wide(t):
        return lambda t, v, b: muldiv_two(t, v, b)
    return lambda t, v, b: _muldiv_int64(t, v, b)


@kernel
def total_below(amounts: Any, most: int) -> bool:
    """Whether int64 amounts add up to at most `most`, found without wrapping."""
    total = np.int64(0)
    for amount in amounts:
        if amount > most - total:
            return False
        total += amount
    return True
