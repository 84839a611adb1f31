"""Every file of the shared data: which format reads it, and that every row it holds is accounted for.

The counts are those of `tests/shared_counts.py`. Files of more than 500 kB (ATT&CK, large TagPacks, Tornado Cash) are
loaded by `tools/measure_formats.py`, which writes docs/formats-measured.md, and by the tests of their formats.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.shared_counts import NOT_READ, READ, SMALL, files, known, left_out, text_of, why_not_read
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile, is_archive, members


def small() -> list[str]:
    """Files of up to 500 kB that a format reads, by their names."""
    found = files(SHARED) if SHARED.is_dir() else []
    return [
        path.relative_to(SHARED).as_posix()
        for path in found
        if path.stat().st_size < SMALL and known(SHARED, path) and len(text_of(path)) < SMALL
    ]


@pytest.fixture(scope="module")
def one_graph(session_store: Store) -> Store:
    """One graph for all files: it is emptied once, and each file is loaded into what the others left."""
    session_store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    return session_store


@pytest.mark.parametrize("name", small())
def test_every_row_is_accounted_for(one_graph: Store, shared: Path, name: str) -> None:
    """What the file holds is what was read and what the run tells of as left out, and every row read has its end."""
    path = shared / name
    what = known(shared, path)
    assert what is not None
    report = ingest_file(one_graph, path, Options(source=what.source, as_format=what.as_format))
    assert report.format == what.format
    assert report.rows_in + left_out(issue.reason for issue in report.issues) == what.count(text_of(path))
    assert report.rows_in == report.loaded + report.quarantined + report.duplicates
    assert report.quarantined == sum(issue.action == "quarantined" for issue in report.issues)


def test_every_file_is_of_a_format_or_said_to_be_of_none(shared: Path) -> None:
    unknown = [
        path.relative_to(shared).as_posix()
        for path in files(shared)
        if known(shared, path) is None and why_not_read(shared, path) is None
    ]
    assert unknown == []


def test_every_file_is_detected_for_what_it_is_and_no_other(shared: Path) -> None:
    """Archives by what is in them; a file that no format is meant to read is refused, and never guessed at."""
    wrong = {}
    for path in files(shared):
        what = known(shared, path)
        (file,) = members(path) if is_archive(path) else [SourceFile(path)]
        try:
            detected = formats().detect(file).name
        except InputError:
            detected = None
        if detected != (what.format if what and not what.as_format else None):
            wrong[path.relative_to(shared).as_posix()] = detected
    assert wrong == {}


def test_no_entry_of_the_lists_is_of_files_that_are_gone(shared: Path) -> None:
    used = {id(what) for path in files(shared) if (what := known(shared, path))}
    assert [one.files for one in READ if id(one) not in used] == []
    given = {why_not_read(shared, path) for path in files(shared)}
    assert set(NOT_READ.values()) - given == set()
