"""Reads Parquet tables (https://parquet.apache.org/docs/file-format/), a row group at a time.

Values come out as text, as a CSV file has them: exact numbers in digits, times in ISO 8601, bytes as 0x….
The package pyarrow is needed only here; without it the error says which extra to install.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from workbench.errors import InputError
from workbench.ingest.format import Row
from workbench.ingest.reading.files import MAX_WHOLE, PARQUET, SourceFile

_BATCH = 5_000
_DAMAGE = (OSError, ValueError, KeyError, IndexError, OverflowError, MemoryError)
"""What pyarrow raises, besides its own errors, for files that were damaged."""
_new_row = tuple.__new__


def is_parquet(file: SourceFile) -> bool:
    """Whether the file starts with Parquet's mark."""
    with file.binary() as stream:
        return stream.read(4) == PARQUET


def parquet_columns(file: SourceFile) -> list[str]:
    """The names of the columns."""
    with _opened(file) as table:
        return [str(name) for name in table.schema_arrow.names]


def parquet_rows(file: SourceFile, columns: Sequence[str]) -> Iterator[Row]:
    """Every row as a list of the cells of `columns`, in that order. Raises InputError for a damaged file."""
    import pyarrow as pa

    with _opened(file) as table:
        number = 0
        try:
            for batch in table.iter_batches(batch_size=_BATCH, columns=list(columns)):
                cells = [_texts(batch.column(name)) for name in columns]
                for row in zip(*cells, strict=True):
                    number += 1
                    yield _new_row(Row, (f"row {number}", list(row)))
        except (pa.ArrowException, *_DAMAGE) as error:
            raise InputError(f"the Parquet data is damaged: {str(error)[:200]}", where=file.name) from error


@contextmanager
def _opened(file: SourceFile) -> Iterator[Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        what = "a Parquet file needs the package pyarrow, which is not installed"
        raise InputError(what, where=file.name, hint="pip install 'attribution-workbench[all]'") from None
    with file.binary() as stream:
        source: Any = stream if stream.seekable() else io.BytesIO(stream.read(MAX_WHOLE + 1))
        if isinstance(source, io.BytesIO) and source.getbuffer().nbytes > MAX_WHOLE:
            raise InputError("more than 512 MiB when decompressed", where=file.name, hint="Unpack the Parquet file.")
        try:
            table = pq.ParquetFile(source, thrift_string_size_limit=1 << 24, thrift_container_size_limit=1 << 20)
        except (pa.ArrowException, *_DAMAGE) as error:
            raise InputError(f"not a Parquet file: {str(error)[:200]}", where=file.name) from error
        names = table.schema_arrow.names
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(f"the column {twice[0]} is there twice", where=file.name)
        yield table


def _texts(column: Any) -> list[Any]:
    """A column as text, None where it has no value; lists stay lists."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if value is None else "0x" + value.hex() for value in column.to_pylist()]
    if pa.types.is_nested(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return [_plain(value) for value in column.to_pylist()]
    texts: list[Any] = column.cast(pa.string()).to_pylist()
    return texts


def _plain(value: Any) -> Any:
    """A value as JSON has it, numbers as text."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return repr(value) if isinstance(value, int | float) else str(value)
