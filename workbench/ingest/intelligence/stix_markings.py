"""TLP markings of STIX objects, in TLP 1.0 and 2.0; the strictest one holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.intelligence.stix_objects import stix_id, texts
from workbench.model.confidence import TLP_ORDER, Tlp, parse_tlp

_TLP_IDS: dict[str, Tlp] = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear", "34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "f88d31f6-486f-44da-b317-01333bde0b82": "amber", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
    "94868c89-83c2-464b-929b-a1a8aa3c8487": "clear", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
    "55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber", "939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
    "e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}  # fmt: skip
"""The marking definitions that STIX 2.1 (TLP 1.0) and OASIS (TLP 2.0) fix for everybody."""


class Markings:
    """The TLP of objects: marking definitions of the bundle, and those that are the same for everybody."""

    def __init__(self, objects: Iterable[Any]) -> None:
        self._known: dict[str, Tlp | None] = {}
        for item in objects:
            if isinstance(item, dict) and item.get("type") == "marking-definition" and (id_ := stix_id(item)):
                self._known[id_] = _tlp_of_definition(item)

    def of(self, item: Mapping[str, Any], context: Context) -> Tlp | None:
        """The most restrictive TLP an object carries, None for no marking; granular markings count as whole ones."""
        refs = list(texts(item, "object_marking_refs"))
        granular = item.get("granular_markings")
        for one in granular if isinstance(granular, list) else ():
            if isinstance(one, dict) and isinstance(ref := one.get("marking_ref"), str):
                refs.append(ref)
        found = [tlp for ref in refs if (tlp := self._tlp(ref, context))]
        for label in texts(item, "labels"):
            if label.lower().startswith("tlp:"):
                try:
                    found.append(parse_tlp(label))
                except RecordError as error:
                    context.warn(error.what, field="labels", value=label)
        if len(set(found)) > 1:
            told = f"marked {', '.join(sorted(set(found), key=TLP_ORDER.index))}; the strictest holds"
            context.warn(told, field="object_marking_refs")
        return strictest(found)

    def _tlp(self, ref: str, context: Context) -> Tlp | None:
        if ref in self._known:
            return self._known[ref]
        tlp = _TLP_IDS.get(ref.removeprefix("marking-definition--"))
        if tlp is None:
            context.warn("a marking that is not in the bundle", field="object_marking_refs", value=ref)
        return tlp


def strictest(found: Iterable[Tlp | None]) -> Tlp | None:
    """The most restrictive of several markings."""
    return max((tlp for tlp in found if tlp), key=TLP_ORDER.index, default=None)


def _tlp_of_definition(item: Mapping[str, Any]) -> Tlp | None:
    """The TLP of a marking definition in TLP 1.0 (`definition`) or 2.0 (an extension, `tlp_2_0`); None for others."""
    if fixed := _TLP_IDS.get(str(item["id"]).removeprefix("marking-definition--")):
        return fixed
    extensions = item.get("extensions")
    candidates = [one.get("tlp_2_0") for one in extensions.values() if isinstance(one, dict)] if isinstance(
        extensions, dict
    ) else []  # fmt: skip
    if isinstance(definition := item.get("definition"), dict):
        candidates.append(definition.get("tlp"))
    if isinstance(name := item.get("name"), str) and name.lower().startswith("tlp"):
        candidates.append(name)
    for candidate in candidates:
        if isinstance(candidate, str):
            try:
                return parse_tlp(candidate)
            except RecordError:
                continue
    return None
