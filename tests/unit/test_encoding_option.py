"""`--encoding`: what the user says a file is written in is used, and told."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from workbench.errors import InputError, ParameterError, RecordError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.reading.encodings import encoding_named
from workbench.ingest.reading.files import SourceFile, members

ROWS = {"shift_jis": "取引所", "gbk": "交易所", "cp1251": "Биржа", "euc_jp": "取引所", "big5": "交易所"}


@pytest.mark.parametrize(("name", "words"), ROWS.items())
def test_a_file_is_read_as_it_is_said_to_be_written(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(f"a,b\n1,{words}\n".encode(name))
    file = SourceFile(path, encoding=encoding_named(name))
    assert file.whole() == f"a,b\n1,{words}\n"
    assert file.encoding_remark == f"read as {encoding_named(name)}, as it was said to be"


def test_members_of_an_archive_and_neighbours_are_read_likewise(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.csv", "取引所".encode("shift_jis"))
        archive.writestr("two.csv", "取引所".encode("shift_jis"))
    one, _ = members(tmp_path / "a.zip", "shift_jis")
    assert [file.whole() for file in (one, *one.neighbours())] == ["取引所", "取引所"]


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "", "a\0b"])
def test_what_is_no_text_encoding_is_refused(name: str) -> None:
    with pytest.raises(RecordError):
        encoding_named(name)


def test_the_wrong_encoding_is_an_error_and_not_a_wrong_text(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(b"a\n\xff\xff\n")
    with pytest.raises(InputError, match="not shift_jis text"):
        SourceFile(path, encoding="shift_jis").whole()


def test_ingest_tells_and_uses_it(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "wallets.csv"
    address = "0x" + "11" * 20
    path.write_bytes(f"address,network,label,source\n{address},eth,取引所,notes\n".encode("shift_jis"))
    report = ingest_paths(store, [path], encoding="Shift-JIS", as_format="wallets")
    (run,) = report.runs
    assert (run.rows_in, run.loaded) == (1, 1)
    assert "read as shift_jis, as it was said to be" in [issue.reason for issue in run.issues]
    assert store.read("MATCH ()-[c:NAMED]->(:Wallet) RETURN c.name AS name").rows == [("取引所",)]
    with pytest.raises(ParameterError, match="klingon"):
        ingest_paths(store, [path], encoding="klingon")
