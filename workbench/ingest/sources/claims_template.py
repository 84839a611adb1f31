"""Template `claims`: one row is one claim of any kind, between things that are in the graph."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from workbench.errors import RecordError, nearest_hint
from workbench.graph.schema import EdgeKind, edge_kinds, node_kinds
from workbench.ingest.format import Record
from workbench.ingest.reading.cells import Cells
from workbench.ingest.reading.tables import header_of
from workbench.ingest.template import CLAIM_COLUMNS, EXAMPLE_WALLETS, ClaimTemplate, Column
from workbench.model import claims
from workbench.model.addresses import parse_address
from workbench.model.claims import Claim
from workbench.model.infrastructure import parse_infrastructure
from workbench.model.networks import BY_CAIP2
from workbench.model.nodes import Infrastructure, Node, Ref, Source, Wallet

_SHARED = frozenset(Claim.model_fields) | {column.name for column in CLAIM_COLUMNS}
_WALLETS = (f"eip155:1:{EXAMPLE_WALLETS[0]}", f"bip122:000000000019d6689c085ae165831e93:{EXAMPLE_WALLETS[1]}")


@lru_cache(maxsize=1)
def claim_classes() -> dict[str, type[Claim]]:
    """Every claim class that a source can state, by relationship type: not what the workbench computes itself."""
    found = [c for c in vars(claims).values() if isinstance(c, type) and issubclass(c, Claim) and "type" in vars(c)]
    return {cls.type: cls for cls in found if not issubclass(cls, claims.Computed)}


def _own_columns() -> tuple[Column, ...]:
    """A column for every field that only some kinds of claim have, from the schema."""
    made: dict[str, Column] = {}
    examples = {"listing": ("tagged", ""), "name": ("", "Example label"), "kind": ("", "label")}
    for type_, cls in claim_classes().items():
        for name, info in cls.model_fields.items():
            if name not in _SHARED and name not in made:
                doc = f"{type_} and others: {info.description or name}"
                made[name] = Column(name, doc, examples.get(name, ("", "")))
    return tuple(made[name] for name in sorted(made))


class Claims(ClaimTemplate):
    """Claims of any kind. Wallets and indicators are made as needed; everything else must be in the graph."""

    name = "claims"
    title = "Workbench template: claims"
    doc = "One row: a source makes one claim, of any type the schema has."
    columns = (
        Column("type", "type of the claim: ATTRIBUTED_TO, INVOLVES, NAMED, …", ("LISTED_BY", "NAMED"), required=True),
        Column("subject_label", "kind of thing it starts at; empty where the type leaves one choice", ("Wallet", "")),
        Column("subject", "id of that thing, or an address or indicator; empty for the source", (_WALLETS[0], "")),
        Column("object_label", "kind of thing it ends at", ("", "Wallet")),
        Column("object", "id of that thing, or an address or indicator; empty for the source", ("", _WALLETS[1])),
        *_own_columns(),
        Column("tier", "structural or intelligence"),
    )

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """As any template, and one end of the claim named: a `type` column is in anybody's table."""
        header = header_of(sample, {column.name for column in cls.all_columns()})
        return super().detect(sample, name) if {"subject", "object"} & set(header) else 0

    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """The claim, and the wallets or indicators it is about."""
        type_ = cells.required("type").upper().replace(" ", "_")
        cls = claim_classes().get(type_)
        if cls is None:
            raise RecordError(f"no such claim. {nearest_hint(type_, claim_classes())}", field="type", value=type_)
        kind = edge_kinds()[type_]
        subject, object_ = (_end(cells, side, kind, says["source_id"]) for side in ("subject", "object"))
        if not kind.allows(subject.label, object_.label):
            reason = f"{type_} cannot run from {subject.label} to {object_.label}"
            raise RecordError(reason, field="subject_label", value=subject.label)
        fields = {p.name: p.type for p in kind.properties if p.name in cls.model_fields}
        values: dict[str, Any] = {}
        for column in (*_own_columns(), Column("tier", "")):
            if not (text := cells.text(column.name)):
                continue
            if column.name not in fields:
                raise RecordError(f"{type_} has no {column.name}", field=column.name, value=text)
            values[column.name] = _read(cells, column.name, fields[column.name])
        yield from (end for end in (subject, object_) if isinstance(end, Node))
        yield cls.model_validate({"subject": _ref(subject), "object": _ref(object_), **says, **values})


def _read(cells: Cells, name: str, type_: str) -> Any:
    if type_ == "float":
        return cells.dollars(name)
    if type_ == "datetime":
        return cells.time(name)
    if type_ == "list of strings":
        return cells.many(name)
    return cells.text(name)


def _ref(end: Ref | Node) -> Ref:
    return end.ref if isinstance(end, Node) else end


def _end(cells: Cells, side: str, kind: EdgeKind, source_id: str) -> Ref | Node:
    """One end of the claim: the row's source, a checked wallet or indicator, or a reference."""
    place = 0 if side == "subject" else 1
    choices = {label for ends in kind.ends for label in ends[place]}
    label = cells.text(f"{side}_label") or (choices.pop() if len(choices) == 1 else None)
    if label is None or label not in node_kinds():
        hint = nearest_hint(label or "", choices or node_kinds())
        raise RecordError(f"which kind of thing? {hint}", field=f"{side}_label", value=label or "")
    text = cells.text(side)
    if text is None:
        if label != Source.label:
            raise RecordError("the cell is empty", field=side, value="")
        return Ref(label, source_id)
    if label == Wallet.label:
        caip2, _, address = text.rpartition(":")
        found = parse_address(address, caip2) if caip2 in BY_CAIP2 else parse_address(text)
        for warning in found.warnings:
            cells.context.warn(warning, field=side, value=text)
        return Wallet.at(found)
    if label == Infrastructure.label:
        type_, colon, value = text.partition(":")
        stated = colon and type_ in Infrastructure.model_fields["type"].annotation.__args__  # type: ignore[union-attr]
        return parse_infrastructure(value, type_) if stated else parse_infrastructure(text)
    return Ref(label, text)
