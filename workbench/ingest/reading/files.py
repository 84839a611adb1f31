"""Opens source files: compression, archives, encodings, size limits, one SHA-256 over the bytes as they are."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

from workbench.errors import InputError
from workbench.ingest.reading.encodings import encoding_of

MAX_WHOLE = 512 * 1024 * 1024
"""Largest text a format may ask for in one piece; streamed formats have no limit."""
MAX_MEMBERS = 10_000
MAX_RATIO = 2_000
"""A file that grows more than this when decompressed, beyond the first 256 MiB, is a bomb and not data."""
_FREE = 256 * 1024 * 1024
_SAMPLE = 64 * 1024
_MAGIC = {
    b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip",
}  # fmt: skip
PARQUET = b"PAR1"
_OFFICE = ("[Content_Types].xml", "mimetype")


class SourceFile:
    """One file, one member of a zip archive, or stdin (`-`); decompressed on the way (gzip, xz, zstd, bzip2)."""

    def __init__(self, path: str | Path, member: str | None = None, *, encoding: str | None = None) -> None:
        """`encoding`: what the user says it is written in; else it is found out."""
        self.path = Path(path)
        self.member = member
        self._said = encoding
        self._bytes: bytes | None = None
        self._handle: BinaryIO | None = None
        """The file on disk, while it is read."""
        if str(path) == "-":
            self.name = "stdin"
            self._bytes = sys.stdin.buffer.read(MAX_WHOLE + 1)
            if len(self._bytes) > MAX_WHOLE:
                raise InputError("stdin is larger than 512 MiB", hint="Save it as a file; files are streamed.")
            return
        self.name = Path(member).name if member else self.path.name
        if not self.path.is_file():
            what = "not a regular file (use - for a pipe)" if self.path.exists() else "no such file"
            raise InputError(what, where=str(path))

    def __str__(self) -> str:
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file as it is on disk, or of the archive's member."""
        digest = hashlib.sha256()
        with self._raw() as raw:
            while chunk := raw.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()

    @property
    def size(self) -> int:
        """Bytes on disk, for the progress bar."""
        return len(self._bytes) if self._bytes is not None else self.path.stat().st_size

    @property
    def share_read(self) -> float | None:
        """How much of the file on disk has been read, 0 to 1; None where nobody knows, or all was read at once."""
        if self._handle is None or self._handle.closed or not (size := self.size):
            return None
        share = self._handle.tell() / size
        return share if share < 1 else None

    @contextmanager
    def binary(self) -> Iterator[BinaryIO]:
        """The decompressed bytes as a stream. Raises InputError for damaged data and for decompression bombs."""
        with self._raw() as raw:
            start = raw.read(6)
            raw.seek(0)
            kind = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
            if kind == "zip":
                what = "an archive inside an archive" if self.member else "a zip archive, which cannot be read here"
                raise InputError(what, where=self.name, hint="Unpack it, and load the files.")
            try:
                yield io.BufferedReader(_Bounded(_opened(kind, raw), self), 1 << 18) if kind or self.member else raw
            except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, zipfile.BadZipFile) as error:
                raise InputError(f"the {kind or 'zip'} data is damaged: {error}", where=self.name) from error
            except OSError as error:
                if kind != "bzip2":
                    raise
                raise InputError(f"the bzip2 data is damaged: {error}", where=self.name) from error
            except Exception as error:
                if type(error).__name__ != "ZstdError":  # its module is imported only where it is needed
                    raise
                raise InputError(f"the zstd data is damaged: {error}", where=self.name) from error

    @contextmanager
    def text(self) -> Iterator[io.TextIOWrapper]:
        """The text as a stream, universal newlines kept for the csv module."""
        with self.binary() as stream:
            wrapper = io.TextIOWrapper(stream, encoding=self.encoding, newline="")
            try:
                yield wrapper
            except UnicodeDecodeError as error:
                raise self._undecodable(error) from error
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
            raise self._undecodable(error) from error

    def sample(self) -> str:
        """The first 64 KiB of text, for format detection; of a Parquet file the mark and its columns' names."""
        with self.binary() as stream:
            if stream.read(4) == PARQUET:
                from workbench.ingest.reading.parquet_rows import parquet_columns

                return PARQUET.decode() + "\n" + ",".join(parquet_columns(self))
        with self.binary() as stream:
            start = stream.read(_SAMPLE)
        if start[257:262] == b"ustar":
            raise InputError("a tar archive", where=self.name, hint="Unpack it, and load the folder.")
        return start.decode(self.encoding, errors="replace")

    @property
    def encoding(self) -> str:
        """In which encoding the text is read; see `encodings`."""
        return self._encoding[0]

    @property
    def encoding_remark(self) -> str | None:
        """What is to be told where the encoding is a guess."""
        return self._encoding[1]

    @cached_property
    def _encoding(self) -> tuple[str, str | None]:
        with self.binary() as stream:
            if stream.read(4) == PARQUET:
                return "utf-8", None
        if self._said:
            return self._said, f"read as {self._said}, as it was said to be"
        with self.binary() as stream:
            return encoding_of(stream)

    def beside(self, *names: str) -> SourceFile | None:
        """The first of the files called one of `names` (case ignored, a further ending such as .gz allowed) in the
        same folder or archive, or None."""
        wanted = [name.casefold() for name in names]
        found = {other.name.casefold(): other for other in self.neighbours()}
        for name in wanted:
            for ending in ("", ".gz", ".xz", ".zst", ".bz2"):
                if other := found.get(name + ending):
                    return other
        return None

    def neighbours(self) -> list[SourceFile]:
        """The other files in the same folder, or the other members of the same archive, in the order of their names."""
        if self._bytes is not None:
            return []
        if self.member:
            folder = Path(self.member).parent
            return [
                o
                for o in members(self.path, self._said)
                if o.member != self.member and Path(str(o.member)).parent == folder
            ]
        paths = sorted(p for p in self.path.parent.iterdir() if p.is_file() and not p.name.startswith("."))
        return [SourceFile(path, encoding=self._said) for path in paths if path != self.path]

    def _undecodable(self, error: UnicodeDecodeError) -> InputError:
        return InputError(f"not {self.encoding} text (byte {error.start})", where=self.name, hint="Save it as UTF-8.")

    @contextmanager
    def _raw(self) -> Iterator[BinaryIO]:
        if self._bytes is not None:
            yield io.BytesIO(self._bytes)
            return
        try:
            if self.member is None:
                with self.path.open("rb") as handle:
                    self._handle = handle
                    yield handle
                return
            with _archive(self.path) as archive, archive.open(self.member) as inner:
                yield cast(BinaryIO, inner)
        except PermissionError as error:
            raise InputError("no permission to read the file", where=str(self.path)) from error


def members(path: Path, encoding: str | None = None) -> list[SourceFile]:
    """The files in a zip archive, in the order of their names; hidden ones and folders are left out.

    Raises InputError: damaged, encrypted, an office document, or more than 10,000 members.
    """
    with _archive(path) as archive:
        infos = archive.infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise InputError("the archive is encrypted", where=path.name, hint="Unpack it, and load the files.")
    if len(infos) > MAX_MEMBERS:
        raise InputError(f"{len(infos):,} members, at most {MAX_MEMBERS:,} are read", where=path.name)
    names = sorted(info.filename for info in infos if not info.is_dir())
    if any(name in _OFFICE for name in names):
        raise InputError("an office document, not a table", where=path.name, hint="Save the sheet as CSV, in UTF-8.")
    hidden = ("__MACOSX", ".")
    shown = [name for name in names if not any(p.startswith(hidden) for p in Path(name).parts)]
    return [SourceFile(path, name, encoding=encoding) for name in shown]


def is_archive(path: Path) -> bool:
    """Whether the file is a zip archive, by its first bytes."""
    with path.open("rb") as handle:
        return handle.read(4) == b"PK\x03\x04"


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InputError(f"the zip archive cannot be read: {error}", where=path.name) from error


def _opened(kind: str | None, raw: BinaryIO) -> Any:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=raw)
    if kind == "xz":
        return lzma.LZMAFile(raw)
    if kind == "bzip2":
        return bz2.BZ2File(raw)
    if kind == "zstd":
        import zstandard

        return zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(raw, read_across_frames=True)
    return raw


class _Bounded(io.RawIOBase):
    """A decompressed stream that ends in an error when it grows out of all proportion to the file."""

    def __init__(self, stream: Any, file: SourceFile) -> None:
        self._stream = stream
        self._file = file
        self._left = max(_FREE, MAX_RATIO * file.size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            what = f"more than {MAX_RATIO:,} times its size when decompressed: a bomb, not data"
            raise InputError(what, where=self._file.name)
        buffer[: len(data)] = data
        return len(data)
