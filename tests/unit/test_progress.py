"""What is said of a long run: how far it is, about how long it takes, what an interruption left, what is compiled."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from rich.console import Console

from tests.exposure_case import KESTREL, story
from tests.transfer_files import write_transfers_file
from workbench.analysis import computed, projection
from workbench.analysis.kernels.compiling import WORDS, compiling_begins, tell_of_compiling
from workbench.cli import Exit, _progress, main
from workbench.cli._progress import Watch
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.reading.files import SourceFile
from workbench.model.progress import Done


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(_progress, "monotonic", made)
    return made


def no_terminal() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_line_tells_how_much_and_about_how_long(clock: Clock) -> None:
    """A quarter in a minute: three more minutes, if it goes on so."""
    watch = Watch(no_terminal(), "start", {"reading": 400})
    watch("reading", 1)
    clock.now += 60
    watch("reading", 100)
    assert watch.line() == "reading, 100 of 400, 25%, 60 s so far, about 3 min left"
    watch("reading", 400)
    assert watch.line() == "reading, 400 of 400, 100%, 60 s so far"
    watch("writing", 5)
    assert watch.line() == "writing, 5, 60 s so far", "nobody knows how many there are"
    clock.now += 7_200
    watch("transfers", Done.of(9, 0.5))
    clock.now += 7_200
    assert watch.line() == "transfers, 9, 50%, 4.0 h so far, about 2.0 h left"


def test_nothing_is_estimated_from_next_to_nothing_and_no_share_is_beyond_all(clock: Clock) -> None:
    watch = Watch(no_terminal(), "start", {"reading": 100})
    clock.now += 1
    watch("reading", 50)
    assert "left" not in watch.line()
    watch("reading", 300)  # transfers came while it read
    assert watch.line() == "reading, 300, 100%, 1 s so far"
    assert Done.of(3, 1.7).share == 1.0
    assert Done.of(3, None).share is None
    assert Done.of(3, 0.5) + 1 == 4


def test_a_short_run_leaves_a_log_empty_and_a_long_one_writes_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = no_terminal()
    with Watch(console, "reading") as watch:
        watch("reading", 1)
    assert said(console) == ""
    monkeypatch.setattr(_progress, "EVERY_SECONDS", 0.01)
    with Watch(console, "reading") as watch:
        watch("[red]a\x1b[31m\nfile.csv", 5)
        while said(console).count("\n") < 2:
            sleep(0.01)
    first = said(console).splitlines()[0]
    assert first.startswith("[red]a�[31m�file.csv, 5"), "a name is text, and no part of the terminal's language"


def test_a_terminal_gets_one_line_that_goes_away() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with Watch(console, "reading") as watch:
        watch("reading", 1)
        watch._status.update("[bold]")
    assert out.getvalue().endswith("\x1b[2K")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def asked(store: Store, server: Any, monkeypatch: pytest.MonkeyPatch, interruptible: None) -> list[str]:
    address, _, password = server
    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", password)
    story(store)
    return ["trace", KESTREL.id, "--write", "--db", address, "--format", "json"]


def run(words: list[str]) -> int:
    with pytest.raises(SystemExit) as done:
        main(words)
    return int(done.value.code or 0)  # type: ignore[arg-type]


def ctrl_c(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    sleep(5)


def test_ctrl_c_while_it_reads_leaves_nothing_and_says_so(
    asked: list[str], store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("workbench.analysis.tracing.follow.project", ctrl_c)
    assert run(asked) == Exit.INTERRUPTED
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip() == "workbench: interrupted; nothing was recorded."
    assert store.read("MATCH (q:Analysis) RETURN q").rows == []


def test_ctrl_c_while_it_writes_says_what_stays_and_the_next_run_finishes(
    asked: list[str], store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(computed, "BATCH", 1)
    create, calls = Loader.claims, []

    def second_time(self: Loader, claims: Any) -> Any:
        calls.append(claims)
        return ctrl_c() if len(calls) == 3 else create(self, claims)

    with monkeypatch.context() as patched:
        patched.setattr(Loader, "claims", second_time)
        assert run(asked) == Exit.INTERRUPTED
    assert capsys.readouterr().err.strip() == (
        "workbench: interrupted; the claims recorded so far stay; run the same command again to finish."
    )
    count = "MATCH ()-[c:TAINTED_IN]->() RETURN count(c)"
    assert store.read(count).rows == [(2,)]
    assert store.read("MATCH (r:IngestRun {source_id: 'tracing'}) RETURN r.status").rows == [("interrupted",)]
    assert run(asked) == Exit.DONE
    assert store.read(count).rows == [(4,)]


def test_ctrl_c_while_it_loads_says_that_what_was_loaded_stays(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_transfers_file(tmp_path / "some.csv", 20, wallets=5)
    monkeypatch.setattr("workbench.ingest.run._Run._read", ctrl_c)
    assert run(["ingest", str(path), *asked[3:]]) == Exit.INTERRUPTED
    assert "interrupted; what was loaded stays; run the same command again to finish." in capsys.readouterr().err


@pytest.mark.parametrize("compressed", [False, True])
def test_loading_knows_how_much_of_the_file_is_read(store: Store, tmp_path: Path, compressed: bool) -> None:
    path = write_transfers_file(tmp_path / "many.csv", 16_000, wallets=50)
    if compressed:
        (tmp_path / "many.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = tmp_path / "many.csv.gz"
    seen: list[tuple[str, int]] = []
    report = ingest_paths(store, [path], progress=lambda name, rows: seen.append((name, rows)))
    assert not report.failed
    shares = [getattr(rows, "share", None) for _, rows in seen]
    known = [share for share in shares if share is not None]
    assert len(known) >= 2
    assert known == sorted(known)
    assert 0 < known[0] < known[-1] < 1
    assert {name for name, _ in seen} == {path.name}
    assert seen[-1][1] == 16_000
    assert SourceFile(path).share_read is None, "nobody reads it"


@pytest.mark.parametrize("asset", [None, "iso4217:nothing"])
def test_reading_the_ledger_knows_its_share(
    store: Store, monkeypatch: pytest.MonkeyPatch, asset: str | None
) -> None:  # fmt: skip
    monkeypatch.setattr(projection, "CHUNK", 2)
    story(store)
    seen: list[Any] = []
    ledger = projection.project(store, asset=asset, progress=seen.append)
    assert [one.share for one in seen] == sorted(one.share for one in seen)
    assert (seen[-1] if seen else 0) == len(ledger)


def test_compiling_is_told_once_and_only_where_somebody_asked() -> None:
    told: list[str] = []
    end = tell_of_compiling(told.append)
    compiling_begins()
    compiling_begins()
    end()
    compiling_begins()
    assert told == [WORDS]


def test_what_is_in_the_cache_is_not_compiled(tmp_path: Path) -> None:
    """Two processes: the first compiles, the second finds it. A loop of somebody else's is none of ours."""
    script = tmp_path / "loop.py"
    script.write_text(
        "import sys\nfrom workbench.analysis.kernels.compiling import tell_of_compiling\n"
        "from workbench.analysis.kernels.jit import kernel\n"
        "def one(n):\n    return n + 1\n"
        "loop = kernel(one)\nloop.__module__ = sys.argv[1]\n"
        "told = []\ntell_of_compiling(told.append)\nloop(1)\nprint(len(told))\n"
    )

    def told(module: str) -> str:
        env = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / module)}
        done = subprocess.run(
            [sys.executable, str(script), module], capture_output=True, text=True, check=True, env=env
        )  # fmt: skip
        assert done.stderr == "", "the library prints nothing"
        return done.stdout.strip()

    assert [told("workbench.one"), told("workbench.one"), told("another")] == ["1", "0", "0"]
