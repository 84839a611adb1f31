"""Opens source files: compression, encodings, size limits, one SHA-256 over the bytes as they are."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import lzma
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from workbench.errors import InputError

MAX_WHOLE = 512 * 1024 * 1024
"""Largest text a format may ask for in one piece; streamed formats have no limit."""
_SAMPLE = 64 * 1024
_MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz"}


class SourceFile:
    """One file (or stdin, as `-`), decompressed on the way when it is gzip or xz."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._bytes: bytes | None = None
        if str(path) == "-":
            self.name = "stdin"
            self._bytes = sys.stdin.buffer.read(MAX_WHOLE + 1)
            if len(self._bytes) > MAX_WHOLE:
                raise InputError("stdin is larger than 512 MiB", hint="Save it as a file; files are streamed.")
        else:
            self.name = self.path.name
            if not self.path.is_file():
                what = "not a regular file (use - for a pipe)" if self.path.exists() else "no such file"
                raise InputError(what, where=str(path))

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file as it is on disk."""
        digest = hashlib.sha256()
        with self._raw() as raw:
            while chunk := raw.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()

    @property
    def size(self) -> int:
        """Bytes on disk, for the progress bar."""
        return len(self._bytes) if self._bytes is not None else self.path.stat().st_size

    @contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """The decompressed bytes as a stream."""
        with self._raw() as raw:
            start = raw.read(6)
            raw.seek(0)
            kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
            stream: BinaryIO = raw
            if kind == "gzip":
                stream = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
            elif kind == "xz":
                stream = lzma.LZMAFile(raw)  # type: ignore[assignment]
            try:
                yield stream
            except (EOFError, gzip.BadGzipFile, lzma.LZMAError) as error:
                raise InputError(f"the {kind} data is damaged: {error}", where=self.name) from error

    @contextmanager
    def text(self) -> Iterator[io.TextIOWrapper]:
        """The text as a stream, universal newlines kept for the csv module; UTF-8, UTF-16 with BOM, else error."""
        with self.binary() as stream:
            wrapper = io.TextIOWrapper(stream, encoding=self.encoding, newline="")
            try:
                yield wrapper
            except UnicodeDecodeError as error:
                raise InputError(
                    f"not {self.encoding} text (byte {error.start})", where=self.name, hint="Save it as UTF-8."
                ) from error
            finally:
                wrapper.detach()

    def whole(self) -> str:
        """The whole text, at most 512 MiB decompressed; raises InputError beyond that."""
        with self.binary() as stream:
            data = stream.read(MAX_WHOLE + 1)
        if len(data) > MAX_WHOLE:
            raise InputError("more than 512 MiB when decompressed", where=self.name)
        try:
            return data.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise InputError(
                f"not {self.encoding} text (byte {error.start})", where=self.name, hint="Save it as UTF-8."
            ) from error

    def sample(self) -> str:
        """The first 64 KiB of text, for format detection."""
        with self.binary() as stream:
            return stream.read(_SAMPLE).decode(self.encoding, errors="replace")

    @cached_property
    def encoding(self) -> str:
        """Decided from the byte order mark; without one, UTF-8."""
        with self.binary() as stream:
            start = stream.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        return "utf-8-sig"

    @contextmanager
    def _raw(self) -> Iterator[BinaryIO]:
        if self._bytes is not None:
            yield io.BytesIO(self._bytes)
            return
        try:
            with self.path.open("rb") as handle:
                yield handle
        except PermissionError as error:
            raise InputError("no permission to read the file", where=str(self.path)) from error
