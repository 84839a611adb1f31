"""Asking for memory before it is needed.

A pass over transfers touches two accounts a row, anywhere in arrays that no cache holds. Where all rows do the same,
the processor runs ahead by itself; where a row decides what is done, a wrong guess waits for memory. Asking some rows
ahead takes the wait away (`haircut` takes a third less). It changes no result.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.extending import intrinsic

ROWS = 32
"""How many rows ahead: enough to hide the wait, few enough that nothing is dropped before its row comes."""

_BYTE = ir.IntType(8).as_pointer()
_WORD = ir.IntType(32)


def _soon_typed(context: Any, array: Any, i: Any) -> Any:
    """Element `i` along the first axis will be read and written soon. Nothing is read: no index is ever wrong."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kept = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = builder.extract_value(kept.strides, 0)
        start = builder.bitcast(kept.data, _BYTE)
        place = builder.gep(start, [builder.mul(arguments[1], stride)])
        shape = ir.FunctionType(ir.VoidType(), [_BYTE, _WORD, _WORD, _WORD])
        fetch = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0i8")  # type: ignore[no-untyped-call]
        builder.call(fetch, [place, *(ir.Constant(_WORD, word) for word in (1, 3, 1))])  # to write, to keep, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


soon: Any = intrinsic(_soon_typed)
"""`soon(array, i)` in a kernel."""

__all__ = ["ROWS", "soon"]
