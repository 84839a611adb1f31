"""Projections kept on disk: the arrays of one question about one state of one database.

What is kept is good for exactly one *state* (`Store.state`): a commit of anybody, by whatever program, or a
start of the database leads to another state, and nothing kept under the old one is found again. It is written only
when the state after reading is the one before it. One folder an entry, a file a column, made beside and renamed, so
that several processes may read, write and delete at once: an entry is there whole or not at all. Every file has
a checksum; what is damaged is deleted and read anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.graph.store import Store

LIMIT = 4 * 1024**3
"""Bytes that all entries of a folder may take together; the one that was not used for longest goes first."""
LAYOUT = 1
"""Of the files; another one finds nothing of the old."""
ABANDONED = 3600.0
"""Seconds after which a folder that nobody finished is cleared away."""
_META = "meta.json"
_PART = ".part-"


@dataclass(frozen=True)
class Kept:
    """What an entry holds: numbers as arrays, names as lists, and a few words beside."""

    arrays: dict[str, NDArray[Any]]
    names: dict[str, list[str]]
    said: dict[str, Any]


class ProjectionCache:
    """The entries of one folder for one database, in the state it had when this was made."""

    def __init__(self, folder: Path, identity: str, state: str, *, limit: int = LIMIT) -> None:
        """`identity` names the database, `state` is another text after every commit (see `Store.state`)."""
        self.folder = folder
        self.state = state
        self._database = folder / f"projection-{_digest(identity)}"
        self._limit = limit

    @classmethod
    def of(cls, store: Store) -> ProjectionCache | None:
        """The cache of a store that has a folder for one, where its server tells its state."""
        if store.cache is None or (found := store.state()) is None:
            return None
        return cls(store.cache, found.database, found.text)

    def load(self, question: dict[str, Any]) -> Kept | None:
        """What was kept of this question in this state; columns are mapped, not read into memory."""
        entry = self._entry(question)
        if not (entry / _META).is_file():
            return None
        try:
            kept = _read(entry, question, self.state)
            os.utime(entry)
            return kept
        except (
            OSError,
            EOFError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ):  # damaged, or deleted while it was read
            shutil.rmtree(entry, ignore_errors=True)
            return None

    def save(self, question: dict[str, Any], kept: Kept) -> bool:
        """Keep an answer; False where it is too large, the disk refuses, or another process was first."""
        entry = self._entry(question)
        if sum(array.nbytes for array in kept.arrays.values()) > self._limit or entry.exists():
            return False
        part = None
        try:
            self._database.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._clear()
            part = Path(tempfile.mkdtemp(prefix=_PART, dir=self._database))
            _write(part, question, self.state, kept)
            os.rename(part, entry)  # fails where another process has made it: one of the two is enough
        except (OSError, ValueError):
            if part is not None:
                shutil.rmtree(part, ignore_errors=True)
            return False
        self._bound(entry)
        return True

    def _entry(self, question: dict[str, Any]) -> Path:
        text = json.dumps([LAYOUT, question], sort_keys=True)
        return self._database / f"{_digest(self.state)}-{_digest(text)}"

    def _clear(self) -> None:
        """Delete what other states left behind: they never come back."""
        now = time.time()
        for folder in self._database.iterdir():
            with suppress(OSError):
                unfinished = folder.name.startswith(_PART)
                if unfinished and now - folder.stat().st_mtime < ABANDONED:
                    continue
                if unfinished or not folder.name.startswith(_digest(self.state)):
                    shutil.rmtree(folder, ignore_errors=True)

    def _bound(self, newest: Path) -> None:
        """Delete the entries that were not used for longest until all fit, whatever database they are of."""
        found = []
        for entry in self.folder.glob("projection-*/*"):
            with suppress(OSError):
                found.append((entry == newest, entry.stat().st_mtime, _size(entry), entry))
        total = sum(size for _, _, size, _ in found)
        for _, _, size, entry in sorted(found):
            if total <= self._limit:
                return
            shutil.rmtree(entry, ignore_errors=True)
            total -= size


def _write(folder: Path, question: dict[str, Any], state: str, kept: Kept) -> None:
    sums: dict[str, int] = {}
    for name, array in kept.arrays.items():
        whole = np.ascontiguousarray(array)
        np.save(folder / f"{name}.npy", whole, allow_pickle=False)
        sums[name] = zlib.crc32(whole.data) if whole.size else 0
    for name, texts in kept.names.items():
        if any("\n" in text for text in texts):
            raise ValueError("a name with a line break")  # not kept: nothing is worth guessing about
        blob = "\n".join(texts).encode()
        (folder / f"{name}.txt").write_bytes(blob)
        sums[name] = zlib.crc32(blob)
    counts = {name: len(texts) for name, texts in kept.names.items()}
    meta = {"question": question, "state": state, "sums": sums, "names": counts, "arrays": list(kept.arrays),
            "said": kept.said}  # fmt: skip
    text = json.dumps(meta)
    (folder / _META).write_text(json.dumps({"sum": zlib.crc32(text.encode()), "meta": text}), encoding="utf-8")


def _read(folder: Path, question: dict[str, Any], state: str) -> Kept:
    outer = json.loads((folder / _META).read_text(encoding="utf-8"))
    if zlib.crc32(outer["meta"].encode()) != outer["sum"]:
        raise ValueError("damaged")
    meta = json.loads(outer["meta"])
    if meta["question"] != question or meta["state"] != state:
        raise ValueError("another question")
    arrays: dict[str, NDArray[Any]] = {}
    for name in meta["arrays"]:
        # copy on write: the file never changes, and compiled loops meet the same type as without a cache
        found = np.load(folder / f"{name}.npy", mmap_mode="c", allow_pickle=False).view(np.ndarray)
        if found.size and zlib.crc32(found.data) != meta["sums"][name]:
            raise ValueError("damaged")
        arrays[name] = found
    names: dict[str, list[str]] = {}
    for name, count in meta["names"].items():
        blob = (folder / f"{name}.txt").read_bytes()
        if zlib.crc32(blob) != meta["sums"][name]:
            raise ValueError("damaged")
        names[name] = blob.decode().split("\n") if count else []
        if len(names[name]) != count:
            raise ValueError("damaged")
    return Kept(arrays, names, meta["said"])


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


__all__ = ["LIMIT", "Kept", "ProjectionCache"]
