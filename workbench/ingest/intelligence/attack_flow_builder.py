"""Reads Attack Flow files of the builder's first two versions as if its third had saved them.

There a box points to its anchors as `children`, an anchor to the ends of lines, and a line to its two ends; what an
object is stands in `template`.
"""

from __future__ import annotations

from typing import Any

_PAGE = "attack_flow_page"


def is_older(document: dict[str, Any]) -> bool:
    """Whether the first or second version of the builder saved it: the schema itself is in the file."""
    return isinstance(document.get("schema"), dict) and isinstance(document.get("objects"), list)


def modernised(document: dict[str, Any]) -> list[Any]:
    """The objects in the shape of the third version."""
    schema = document["schema"]
    page = str(schema.get("page_template") or _PAGE)
    kinds = {
        str(item.get("id")): str(item.get("template")) for item in document["objects"] if isinstance(item, dict)
    }  # fmt: skip
    return [_object(item, page, kinds) if isinstance(item, dict) else item for item in document["objects"]]


def _object(item: dict[str, Any], page: str, kinds: dict[str, str]) -> dict[str, Any]:
    template, instance = str(item.get("template")), item.get("id")
    children = item.get("children")
    held = [child for child in children if isinstance(child, str)] if isinstance(children, list) else []
    if template == page:
        return {"id": "flow", "instance": instance, "properties": item.get("properties")}
    if template.endswith("anchor"):
        return {"id": "vertical_anchor", "instance": instance, "latches": held}
    if template.endswith(("line_source", "line_target")):
        return {"id": "generic_latch", "instance": instance}
    if template.endswith("line_handle"):
        return {"id": "generic_handle", "instance": instance}
    if template.startswith("@__builtin__line"):
        ends = {kinds.get(child, "").rpartition("_")[2]: child for child in held}
        return {
            "id": "dynamic_line", "instance": instance, "source": ends.get("source"), "target": ends.get("target"),
        }  # fmt: skip
    anchors = {str(number): child for number, child in enumerate(held)}
    return {"id": template, "instance": instance, "properties": item.get("properties"), "anchors": anchors}
