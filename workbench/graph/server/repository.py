"""Which Maven repository the jars come from: always the user's own choice, never a host written here.

In this order: `WORKBENCH_MAVEN_REPOSITORY` (an address, or a folder in Maven layout), a mirror of `central`
in Maven's `settings.xml` (with its credentials and proxy), the repositories in jgo's configuration, and last
jgo's own default. A ministry that mirrors Maven behind its wall needs no extra setting.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import SettingsError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ENVIRONMENT = "WORKBENCH_MAVEN_REPOSITORY"


@dataclass(frozen=True)
class Repository:
    """A base address (or folder), how to log in to it, and the proxies on the way."""

    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)
    proxies: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def folder(self) -> Path | None:
        """The local folder where the repository is one, else None."""
        if self.url.startswith("file://"):
            from urllib.parse import unquote, urlparse
            from urllib.request import url2pathname

            return Path(url2pathname(unquote(urlparse(self.url).path)))
        return None if re.match(r"https?://", self.url) else Path(self.url).expanduser()


def repositories(settings_file: Path | None = None) -> list[Repository]:
    """The repositories to ask, in order. The list is never empty."""
    chosen = os.environ.get(ENVIRONMENT, "").strip()
    if chosen:
        return [Repository(chosen.rstrip("/"))]
    mirror = _mirror_of_central(settings_file or Path.home() / ".m2" / "settings.xml")
    if mirror is not None:
        return [mirror]
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL

    named = {"central": MAVEN_CENTRAL_URL} | dict(GlobalSettings.load().repositories)
    return [Repository(str(url).rstrip("/")) for url in named.values()]


def local_maven_folder() -> Path | None:
    """The user's own Maven repository folder (`M2_REPO` or `~/.m2/repository`), where it exists."""
    from jgo.constants import default_maven_repo

    folder: Path = default_maven_repo()
    return folder if folder.is_dir() else None


def _mirror_of_central(settings_file: Path) -> Repository | None:
    if not settings_file.is_file():
        return None
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import parse

    try:
        root = parse(settings_file).getroot()
    except (ParseError, OSError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(settings_file)) from error
    if root is None:
        return None
    proxies = _proxies(root)
    for mirror in _children(root, "mirrors", "mirror"):
        if _covers_central(_text(mirror, "mirrorOf")) and _text(mirror, "url"):
            auth = _credentials(root, _text(mirror, "id"))
            return Repository(_text(mirror, "url").rstrip("/"), auth, proxies)
    if proxies:
        from jgo.constants import MAVEN_CENTRAL_URL

        return Repository(str(MAVEN_CENTRAL_URL), None, proxies)
    return None


def _covers_central(mirror_of: str) -> bool:
    names = {name.strip() for name in mirror_of.split(",")}
    return "!central" not in names and bool(names & {"*", "central", "external:*"})


def _credentials(root: Element, server_id: str) -> tuple[str, str] | None:
    for server in _children(root, "servers", "server"):
        password = _text(server, "password")
        if _text(server, "id") == server_id and _text(server, "username"):
            if re.fullmatch(r".*\{.+\}", password):
                raise SettingsError(
                    f"the password of server {server_id!r} in Maven's settings.xml is encrypted",
                    hint=f"Set {ENVIRONMENT} to a repository that needs none, or use db fetch --from DIR.",
                )
            return _text(server, "username"), password
    return None


def _proxies(root: Element) -> dict[str, str]:
    for proxy in _children(root, "proxies", "proxy"):
        if _text(proxy, "active").lower() not in ("false", "no") and _text(proxy, "host"):
            user = _text(proxy, "username")
            login = f"{user}:{_text(proxy, 'password')}@" if user else ""
            address = f"http://{login}{_text(proxy, 'host')}:{_text(proxy, 'port') or '8080'}"
            return {"http": address, "https": address}
    return {}


def _children(root: Element, group: str, name: str) -> list[Element]:
    return [child for outer in root if _tag(outer) == group for child in outer if _tag(child) == name]


def _text(element: Element, name: str) -> str:
    """The text of a child, with `${env.NAME}` filled in as Maven does."""
    for child in element:
        if _tag(child) == name:
            text = (child.text or "").strip()
            return re.sub(r"\$\{env\.(\w+)\}", lambda m: os.environ.get(m[1], m[0]), text)
    return ""


def _tag(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]
