"""Where a STIX sighting was: kept where something was seen, told where the graph has no place for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile


@pytest.mark.parametrize("count", [0, 3])
def test_where_a_sighting_that_cannot_be_placed_was_is_told(tmp_path: Path, count: int) -> None:
    """A sighting of nothing (count 0) is nowhere; one of something is, and nothing is told."""

    def id_(kind: str, digit: int) -> str:
        return f"{kind}--{digit:08d}-0000-4000-8000-000000000000"

    time = "2024-01-01T00:00:00.000Z"
    common = {"spec_version": "2.1", "created": time, "modified": time}
    bundle = {"type": "bundle", "id": id_("bundle", 9), "objects": [
        {"type": "identity", "id": id_("identity", 1), "name": "Example", "identity_class": "organization", **common},
        {"type": "malware", "id": id_("malware", 2), "name": "Pipe", "is_family": True, **common},
        {"type": "sighting", "id": id_("sighting", 3), "sighting_of_ref": id_("malware", 2), "count": count,
         "where_sighted_refs": [id_("identity", 1)], "created_by_ref": id_("identity", 1), **common},
    ]}  # fmt: skip
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    file, context = SourceFile(path), Context()
    fmt = formats().named("stix")()
    for row in fmt.rows(file, context):
        list(fmt.records(row.raw, context))
    told = [issue.reason for issue in context.issues if issue.field == "where_sighted_refs"]
    assert len(told) == (count == 0)
