"""What STIX objects are in the graph: nodes of domain objects and observables.

Node ids are `stix:<STIX id>`: the same id is the same object in whatever bundle it comes. Observables that are
indicators are Infrastructure and Wallets, keyed by their value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.intelligence.indicators import HASH_DIGITS, read_hash, read_indicator, read_wallet
from workbench.ingest.intelligence.mentions import foreign
from workbench.ingest.intelligence.stix_patterns import Pattern, parse_pattern
from workbench.model.nodes import (
    MAX_TEXT,
    ActorGroup,
    Campaign,
    Incident,
    Malware,
    Node,
    Organisation,
    Source,
    Status,
    Technique,
)  # fmt: skip
from workbench.model.times import parse_time

STIX_ID = re.compile(r"[a-z][a-z0-9-]{1,60}--[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_OBSERVABLES: dict[str, tuple[str, ...]] = {
    "domain-name": ("DomainName",), "ipv4-addr": ("IPAddress", "IPNetwork"), "ipv6-addr": ("IPAddress", "IPNetwork"),
    "url": ("Url",), "email-addr": ("EmailAddress",),
}  # fmt: skip
WALLET = "cryptocurrency-wallet"
TRANSACTION = "cryptocurrency-transaction"
_NO_ORGANISATION = frozenset(("individual", "class", "system"))


def stix_id(item: Any) -> str | None:
    """The id of an object that has a well-formed one."""
    value = item.get("id") if isinstance(item, dict) else None
    return value if isinstance(value, str) and STIX_ID.match(value) else None


def modified(item: Mapping[str, Any]) -> str:
    """The version of an object, as text that sorts; "" for observables, which have none."""
    value = item.get("modified") or item.get("created")
    return value if isinstance(value, str) else ""


def is_revoked(item: Mapping[str, Any]) -> bool:
    """Whether its source took the object back; raises RecordError for neither yes nor no."""
    value = item.get("revoked")
    if value in (None, False):
        return False
    if value is True:
        return True
    raise RecordError("revoked is neither true nor false", field="revoked", value=value)


def text(item: Mapping[str, Any], name: str, context: Context, *, most: int = MAX_TEXT) -> str | None:
    """A text property, or None; one that is too long is left out, and told. Raises RecordError for no text."""
    value = item.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise RecordError(f"{name} is not a text", field=name, value=value)
    if "\0" in value:
        raise RecordError(f"{name} contains a NUL character", field=name, value=value)
    if len(value) > most:
        context.drop(f"{name} is longer than {most:,} characters, and left out", field=name, value=value)
        return None
    if (trimmed := value.strip()) != value and most <= 500:
        context.warn("blanks around the value were trimmed", field=name, value=value)
    return trimmed or None


def texts(item: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts; raises RecordError for anything else."""
    value = item.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) and len(one) <= MAX_TEXT for one in value):
        raise RecordError(f"{name} is not a list of texts", field=name, value=value)
    return tuple(dict.fromkeys(one.strip() for one in value if one.strip()))


def time(item: Mapping[str, Any], name: str) -> Any:
    """A time property, or None; raises RecordError."""
    value = item.get(name)
    return None if value in (None, "") else parse_time(_as_text(value, name), field=name)


def _as_text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise RecordError(f"{name} is not a time", field=name, value=value)
    return value


def page(item: Mapping[str, Any]) -> str | None:
    """The first web address among an object's references."""
    for reference in references(item):
        url = reference.get("url")
        if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) < 2_000:
            return url
    return None


def references(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The external references that are objects."""
    found = item.get("external_references")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def read_pattern(item: Mapping[str, Any]) -> Pattern:
    """An indicator's pattern; one in another language than STIX is unread as a whole."""
    pattern, language = item.get("pattern"), item.get("pattern_type", "stix")
    if not isinstance(pattern, str) or not pattern.strip():
        raise RecordError("pattern is missing", field="pattern")
    return parse_pattern(pattern) if language == "stix" else Pattern(unread=[f"a pattern in {str(language)[:40]}"])


def nodes_of(item: Mapping[str, Any], context: Context, catalogue: str = "stix", is_source: bool = False) -> list[Node]:
    """The nodes an object becomes; the first is what references to it mean, all of them for an indicator.

    `catalogue` says whose view it is; `is_source` that others' objects name it as their creator. Raises
    RecordError. Relationships, sightings, notes, opinions and groupings are no nodes.
    """
    kind, id_ = str(item.get("type")), f"stix:{item.get('id')}"
    if kind in _OBSERVABLES:
        return [read_indicator(item.get("value"), context, types=_OBSERVABLES[kind])]
    if kind == "file" and (hashes := _hashes(item, context)):
        return hashes
    if kind == WALLET:
        return [_wallet(item, context)]
    if kind == "autonomous-system":
        return [read_indicator(f"AS{item.get('number')}", context, types=("AutonomousSystem",), field="number")]
    if kind == "user-account" and (login := item.get("account_login") or item.get("user_id")):
        prefix = f"{item['account_type']}:" if isinstance(item.get("account_type"), str) else ""
        return [read_indicator(f"{prefix}{login}", context, types=("UserAccount",), field="account_login")]
    if kind == "indicator":
        values = pattern_nodes(read_pattern(item), context)
        return values or [foreign(id_, kind, item, _name(item, context), context)]
    if kind == "report":
        return [_report(item, context)]
    if kind == "infrastructure" and (node := _named_infrastructure(item)):
        return [node]
    return [_domain_object(item, context, catalogue, is_source)]


def _domain_object(item: Mapping[str, Any], context: Context, catalogue: str, is_source: bool) -> Node:
    kind, id_ = str(item.get("type")), f"stix:{item.get('id')}"
    name = _name(item, context)
    status: Status = "revoked" if is_revoked(item) else "live"
    about: dict[str, Any] = {
        "id": id_, "name": name or str(item.get("id")), "description": text(item, "description", context),
        "url": page(item), "status": status, "modified": time(item, "modified"),
        "catalogue": catalogue,
    }  # fmt: skip
    if kind in ("threat-actor", "intrusion-set"):
        if kind == "threat-actor" and _individual(item):
            context.warn("one person, says its source: kept as it is, and no Person here", field="name", value=name)
            return foreign(id_, kind, item, name, context)
        return ActorGroup(**about)
    if kind in ("malware", "tool"):
        return Malware(**about)
    if kind == "attack-pattern":
        return Technique(**about, tactics=_phases(item))
    if kind == "campaign":
        return Campaign(**about, first_seen=time(item, "first_seen"), last_seen=time(item, "last_seen"))
    if kind == "incident" and name:
        return Incident(id=id_, name=name)
    if kind == "identity" and name:
        if is_source:
            return source_of(item, context)
        if str(item.get("identity_class")) not in _NO_ORGANISATION:
            return Organisation(id=id_, name=name, authority=catalogue)
    return foreign(id_, kind, item, name, context)


def source_of(item: Mapping[str, Any], context: Context) -> Source:
    """The Source that an identity is, where others' objects say that it made them."""
    name = _name(item, context) or str(item.get("id"))
    return Source(id=str(item["id"]), title=name, publisher=name, kind="user", url=page(item))


def _report(item: Mapping[str, Any], context: Context) -> Source:
    name = _name(item, context) or str(item.get("id"))
    publisher = str(item.get("created_by_ref") or "not stated")
    return Source(
        id=str(item["id"]), title=name, publisher=publisher, kind="user", url=page(item),
        published=time(item, "published"),
    )  # fmt: skip


def pattern_nodes(pattern: Pattern, context: Context) -> list[Node]:
    """The indicators a pattern names; what cannot be read is told."""
    found: dict[str, Node] = {}
    for value in pattern.values:
        try:
            if value.algorithm:
                node: Node = read_hash(value.algorithm, value.text, context, "pattern")
            else:
                node = read_indicator(value.text, context, types=value.types, field="pattern")
        except RecordError as error:
            context.drop(f"left out of the pattern: {error.what}", field="pattern", value=value.text)
        else:
            found[node.id] = node
    if pattern.unread:
        context.drop("part of the pattern is not read", field="pattern", value="; ".join(pattern.unread[:5]))
    if pattern.together and len(found) > 1:
        context.warn("the pattern wants its values together; each is kept by itself", field="pattern")
    return list(found.values())


def _hashes(item: Mapping[str, Any], context: Context) -> list[Node]:
    hashes = item.get("hashes")
    if not isinstance(hashes, dict):
        return []
    found: dict[int, Node] = {}
    for algorithm, value in hashes.items():
        try:
            node = read_hash(str(algorithm), value, context)
        except RecordError as error:
            context.drop(f"left out: {error.what}", field="hashes", value=value)
        else:
            found[len(node.value)] = node
    order = (HASH_DIGITS[name] for name in ("sha256", "sha1", "md5", "sha512"))
    return [found[digits] for digits in order if digits in found]


def _wallet(item: Mapping[str, Any], context: Context) -> Node:
    name = "value" if item.get("value") is not None else "address"
    value, asset = item.get(name), item.get("symbol") or item.get("currency")
    if not isinstance(value, str):
        raise RecordError("the wallet has no address", field=name, value=value)
    return read_wallet(value, asset if isinstance(asset, str) else None, context, name)


def _named_infrastructure(item: Mapping[str, Any]) -> Node | None:
    """Infrastructure whose name is a domain, an address or the like; None for "C2 servers of 2023"."""
    try:
        return read_indicator(item.get("name"), Context(), field="name")
    except RecordError:
        return None


def _individual(item: Mapping[str, Any]) -> bool:
    kind = item.get("x_opencti_type") or item.get("type_opencti")
    return item.get("resource_level") == "individual" or str(kind).lower() == "threat-actor-individual"


def _name(item: Mapping[str, Any], context: Context) -> str | None:
    return text(item, "name", context, most=500)


def _phases(item: Mapping[str, Any]) -> tuple[str, ...]:
    phases = item.get("kill_chain_phases")
    names = [one.get("phase_name") for one in phases if isinstance(one, dict)] if isinstance(phases, list) else []
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and len(name) < 100))
