"""ATT&CK as the catalogue test needs it: groups and campaigns with what they use, and who cites what."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.analysis.attribution.weights import FeatureKind, same_reference
from workbench.errors import InputError

MAX_BYTES = 400_000_000
_KINDS: dict[str, FeatureKind] = {"attack-pattern": "technique", "malware": "software", "tool": "software"}


@dataclass(frozen=True)
class Use:
    """A group or campaign uses something, with the references given for it."""

    kind: FeatureKind
    feature: str
    references: frozenset[str]
    text: str


@dataclass(frozen=True)
class Campaign:
    """A campaign with the group or groups ATT&CK attributes it to."""

    id: str
    name: str
    groups: frozenset[str]
    uses: tuple[Use, ...]
    references: frozenset[str]
    """Of the campaign itself, of what it uses and of its attribution."""

    def features(self, kind: FeatureKind) -> frozenset[str]:
        """What it uses, of one kind."""
        return frozenset(use.feature for use in self.uses if use.kind == kind)


@dataclass(frozen=True)
class Catalogue:
    """The live groups and the attributed campaigns of one edition."""

    groups: Mapping[str, str]
    """Id → name."""
    uses: Mapping[str, tuple[Use, ...]]
    campaigns: tuple[Campaign, ...]
    modified: str
    """The newest `modified` in it."""
    sha256: str
    file: str


def read_catalogue(path: str | Path) -> Catalogue:
    """Read an ATT&CK STIX 2 bundle, plain or xz. Raises InputError for anything else."""
    file = Path(path)
    try:
        raw = file.read_bytes()
        with lzma.open(file) if file.suffix == ".xz" else file.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
        if len(text) > MAX_BYTES:
            raise InputError(f"more than {MAX_BYTES:,} bytes unpacked", where=file.name)
        objects = json.loads(text)["objects"]
    except (OSError, lzma.LZMAError, ValueError, KeyError, TypeError, EOFError) as error:
        raise InputError(f"not an ATT&CK STIX bundle ({type(error).__name__})", where=file.name) from error
    try:
        return _catalogue(objects, hashlib.sha256(raw).hexdigest(), file.name)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"an object lacks what STIX requires ({error})", where=file.name) from error


def _catalogue(objects: list[dict[str, Any]], digest: str, name: str) -> Catalogue:
    live = {o["id"]: o for o in objects if not (o.get("revoked") or o.get("x_mitre_deprecated"))}
    groups = {o["id"]: o["name"] for o in live.values() if o["type"] == "intrusion-set"}
    references = References(live.values())
    uses: dict[str, list[Use]] = defaultdict(list)
    attributed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for relation in live.values():
        if relation["type"] != "relationship" or not {relation["source_ref"], relation["target_ref"]} <= live.keys():
            continue
        source, target = relation["source_ref"], relation["target_ref"]
        kind = _KINDS.get(live[target]["type"])
        if relation["relationship_type"] == "uses" and kind is not None:
            uses[source].append(Use(kind, target, references.of(relation), relation.get("description", "")))
        elif relation["relationship_type"] == "attributed-to" and target in groups:
            attributed[source].append(relation)
    campaigns = []
    for id_, relations in sorted(attributed.items()):
        cited = references.of(live[id_]).union(*map(references.of, relations), *(u.references for u in uses[id_]))
        whose = frozenset(r["target_ref"] for r in relations)
        campaigns.append(Campaign(id_, live[id_]["name"], whose, tuple(uses[id_]), cited))
    newest = max((str(o.get("modified", "")) for o in objects), default="")
    ordered = dict(sorted(groups.items()))
    return Catalogue(ordered, {g: tuple(uses[g]) for g in ordered}, tuple(campaigns), newest[:10], digest, name)


class References:
    """Tells which references are the same report: the address decides, the name where no address is given."""

    def __init__(self, objects: Iterable[Mapping[str, Any]]) -> None:
        self._address: dict[str, str] = {}
        for name, address in (self._entry(e) for o in objects for e in o.get("external_references", ())):
            if name and address:  # the smallest, so that the order of the bundle does not matter
                self._address[name] = min(address, self._address.get(name, address))

    def of(self, thing: Mapping[str, Any]) -> frozenset[str]:
        """An object's references, ATT&CK's own page left out."""
        entries = (e for e in thing.get("external_references", ()) if not self._own(e))
        return frozenset(
            self._address.get(name or "") or address or name or "" for name, address in map(self._entry, entries)
        ) - {""}

    @staticmethod
    def _entry(entry: Mapping[str, Any]) -> tuple[str | None, str | None]:
        return same_reference(entry.get("source_name")), same_reference(entry.get("url"))

    @staticmethod
    def _own(entry: Mapping[str, Any]) -> bool:
        return str(entry.get("source_name", "")).startswith("mitre-")
