"""Infrastructure indicators: refanged, typed, normalised."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

from workbench.errors import RecordError
from workbench.model.nodes import Infrastructure

_HASHES = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\Z")
_EMAIL = re.compile(r"[^@\s]{1,64}@([^@\s]+)\Z")


def refang(text: str) -> str:
    """Undo the usual defanging: hxxp, [.], (.), [:], [@], and a blank around dots."""
    raw = text.strip()
    raw = re.sub(r"\Ahxxp(s?)", r"http\1", raw, flags=re.IGNORECASE)
    raw = re.sub(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)", ".", raw, flags=re.IGNORECASE)
    return re.sub(r"\[:(//)?\]", lambda m: ":" + (m.group(1) or ""), raw).replace("[@]", "@").replace("[at]", "@")


def parse_infrastructure(text: str, kind: str | None = None) -> Infrastructure:
    """The indicator `text` stands for, its kind decided from the value itself.

    `kind` is what the source says (DomainName, IPAddress, IPNetwork, Url, EmailAddress, FileHash, UserAccount,
    AutonomousSystem) or None. Raises RecordError if it is none of these, or contradicts `kind`.
    """
    value = refang(text)
    if kind == "UserAccount":
        return _made("UserAccount", value)
    found, normal = _decide(value)
    if found is None:
        raise RecordError("not a domain, address, URL, e-mail, hash or AS number", field="value", value=text[:120])
    if kind and kind != found:
        raise RecordError(f"stated as {kind}, but it is a {found}", field="type", value=text[:120])
    return _made(found, normal)


def _made(kind: str, value: str) -> Infrastructure:
    if not value or len(value) > 2000:
        raise RecordError("empty, or too long to be an indicator", field="value", value=value[:60])
    id_ = f"{kind}:{value}"
    if len(id_) > 500:  # the beginning is not enough to tell two long URLs apart
        id_ = f"{kind}:sha256:{hashlib.sha256(value.encode()).hexdigest()}"
    return Infrastructure(id=id_, type=kind, value=value)


def _decide(value: str) -> tuple[str | None, str]:
    lowered = value.lower()
    if len(value) in _HASHES and re.fullmatch(r"[0-9a-f]+", lowered):
        return "FileHash", lowered
    if re.fullmatch(r"as\d{1,10}", lowered):
        return "AutonomousSystem", lowered.upper()
    try:
        return "IPAddress", str(ipaddress.ip_address(value))
    except ValueError:
        pass
    if "/" in value and "://" not in value:
        try:
            return "IPNetwork", str(ipaddress.ip_network(value))
        except ValueError:
            pass
    if "://" in value:
        return _url(value)
    if (match := _EMAIL.match(lowered)) and _DOMAIN.match(match.group(1)):
        return "EmailAddress", lowered
    domain = lowered.rstrip(".")
    if _DOMAIN.match(_idna(domain)):
        return "DomainName", _idna(domain)
    return None, value


def _url(value: str) -> tuple[str | None, str]:
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None, value
    if not host or parts.scheme.lower() not in ("http", "https", "ftp", "tcp"):
        return None, value
    return "Url", urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, parts.query, parts.fragment))


def _idna(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
