"""Co-spend clustering of a ledger that is larger than memory, from Parquet, one row group after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.union_find import Labels, UnionFind
from workbench.errors import InputError

BATCH = 1_000_000
"""Rows read at once: with the labels (4 bytes an address) all the memory this takes."""


def co_spend_parquet(
    path: Path,
    members: int,
    *,
    transaction: str = "transaction",
    address: str = "address",
    left_out: NDArray[np.bool_] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Labels:
    """Labels of addresses 0…members-1 from a file with a row an input, rows of one transaction together.

    `left_out`: a truth value a transaction (CoinJoins). `progress` is called with rows read and rows there are.
    Raises InputError where a column is missing, has gaps, or transactions are not in order.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = UnionFind(members)
    with pq.ParquetFile(path) as file:
        for name in (transaction, address):
            if name not in file.schema_arrow.names:
                raise InputError(f"no column {name}", where=path.name)
        done, last = 0, -1
        for batch in file.iter_batches(BATCH, columns=[transaction, address]):
            group, member = _integers(batch.column(0), path), _integers(batch.column(1), path)
            if len(group) and (int(group[0]) < last or bool(np.any(group[1:] < group[:-1]))):
                raise InputError(
                    "its rows are not in the order of their transactions", where=path.name,
                    hint=f"Sort the file by {transaction}; a transaction in two places would join nobody.",
                )  # fmt: skip
            last = int(group[-1]) if len(group) else last
            found.join_runs(group, member, left_out)
            done += len(group)
            del batch, group, member
            if progress:
                progress(done, file.metadata.num_rows)
        pa.default_memory_pool().release_unused()
    return found.labels()


def _integers(column: Any, path: Path) -> NDArray[Any]:
    import pyarrow as pa

    if column.null_count or not pa.types.is_integer(column.type):
        raise InputError("its columns hold something that is no whole number", where=path.name)
    values: NDArray[Any] = column.to_numpy(zero_copy_only=True)
    return values
