"""Entries of a catalogue that another source refers to by their id only: known, and described by nobody yet."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.model.nodes import MAX_TEXT, ActorGroup, Campaign, ForeignObject, Malware, Merge, Node, Technique


class TechniqueMention(Technique):
    """A technique of which a file gives the id only; the catalogue that describes it wins in any order."""

    merge: ClassVar[Merge] = "intrinsic"


class MalwareMention(Malware):
    """Malware of which a file gives the id only."""

    merge: ClassVar[Merge] = "intrinsic"


class CampaignMention(Campaign):
    """A campaign of which a file gives the id only."""

    merge: ClassVar[Merge] = "intrinsic"


class ActorMention(ActorGroup):
    """A group of which a file gives the id only."""

    merge: ClassVar[Merge] = "intrinsic"


_KINDS: dict[str, type[TechniqueMention | MalwareMention | CampaignMention | ActorMention]] = {
    "G": ActorMention, "S": MalwareMention, "T": TechniqueMention, "C": CampaignMention,
}  # fmt: skip
ATTACK_ID = re.compile(r"(?:[GSC][0-9]{4}|T[0-9]{4}(?:\.[0-9]{3})?)\Z")
_LONG = 1_000


def attack_mention(attack_id: str) -> Node:
    """The ATT&CK entry of an id (G0032, S0002, T1566.002, C0022), under the id the catalogue's own bundle gives it.

    Raises RecordError for what is no such id.
    """
    if not ATTACK_ID.match(attack_id):
        raise RecordError("not an ATT&CK id (G0032, S0002, T1566.002, C0022)", field="id", value=attack_id)
    return _KINDS[attack_id[0]](id=f"mitre:{attack_id}", name=attack_id, catalogue="mitre")


def foreign(id_: str, kind: str, content: Mapping[str, Any], name: str | None, context: Context) -> ForeignObject:
    """An object kept as JSON. Where it is too long for that its long texts are left out, which is told.

    Raises RecordError where that does not make it short enough.
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    if len(text) > MAX_TEXT:
        long = [key for key, value in content.items() if len(json.dumps(value, ensure_ascii=False)) > _LONG]
        context.drop("too long to be kept", field=", ".join(sorted(long))[:200])
        text = json.dumps({k: v for k, v in content.items() if k not in long}, ensure_ascii=False, sort_keys=True)
    if len(text) > MAX_TEXT:
        raise RecordError(f"longer than {MAX_TEXT:,} characters as JSON", field="type", value=kind)
    return ForeignObject(id=id_, type=kind[:100], content=text, name=name[:500] if name else None)
