"""What lists of designated parties have in common: a party, its further names, its wallets.

A format of such a list splits its file into three kinds of row and need not say what they mean:

    {"is": "party", "number": "33151", "name": "SUEX OTC, S.R.O.", "type": "entity", "program": "CYBER2"}
    {"is": "alias", "number": "33151", "name": "SUEX OTC, S.R.O.", "type": "entity", "alias": "SUCCESSFUL EXCHANGE"}
    {"is": "wallet", "number": "33151", …, "asset": "XBT", "address": "12HQDsicffSBaYdJ6BhnE22sfjTESmmzKx"}

Each row is accounted for by itself: one bad address costs itself, not its owner. A row may carry `listed_on` and
`delisted_on`, the dates in the world; without them the list gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record
from workbench.ingest.reading.cells import checked_id
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.tables import cell_text
from workbench.model.addresses import parse_asset_address
from workbench.model.claims import AttributedTo, ListedBy, Named
from workbench.model.nodes import Organisation, Person, Source, Wallet
from workbench.model.times import parse_time

_KINDS = {"entity": "organisation", "vessel": "vessel", "aircraft": "aircraft"}
MAX_NAME = 1_000


class DesignationList(Format):
    """A list of people, organisations, vessels and aircraft that one authority designates."""

    snapshot = True
    publisher: ClassVar[Source]
    """The authority; its id is also the first part of the ids of its parties."""
    page: ClassVar[str] = ""
    """Address of a party's page, with {} for its number; "" where the authority has none."""

    def begin(self, dataset: str, edition: str | None, context: Context) -> None:
        """Declare the authority, and of what the file is an edition; the first thing that `rows` does."""
        self.dataset, self.edition = dataset, edition
        self.header = {"dataset": dataset}
        context.source(self.publisher)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The party, one more name of it, or one wallet of it."""
        fields = Fields(raw)
        kind = fields.required("is", most=20)
        if problem := fields.text("problem"):
            raise RecordError(problem, field=kind, value=fields.text("value"))
        node = self._node(fields, context)
        said = self._said(node, context)
        if kind == "party":
            return self._party(node, fields, said)
        if kind == "alias":
            return self._alias(node, fields, said, context)
        if kind == "wallet":
            return self._wallet(node, fields, said, context)
        raise RecordError("neither a party nor an alias nor a wallet", field="is", value=kind)

    def _node(self, fields: Fields, context: Context) -> Person | Organisation:
        number = checked_id(fields.required("number", most=100), "number")
        type_ = fields.required("type", most=100)
        name = trimmed(fields.pop("name"), "name", context)
        common = {"id": f"{self.publisher.id}:{number}", "name": name, "authority": self.publisher.id}
        if type_ == "individual":
            return Person.model_validate(common)
        if type_ not in _KINDS:
            raise RecordError("not a kind of party that is known", field="type", value=type_)
        return Organisation.model_validate({**common, "kind": _KINDS[type_]})

    def _said(self, node: Person | Organisation, context: Context) -> dict[str, Any]:
        return {
            "source_id": self.publisher.id, "dataset": self.header["dataset"], "tlp": context.tlp,
            "evidence": self.page.format(node.id.partition(":")[2]) if self.page else None,
        }  # fmt: skip

    def _party(self, node: Person | Organisation, fields: Fields, said: Mapping[str, Any]) -> Iterator[Record]:
        yield node
        yield Named(subject=self.publisher.ref, object=node.ref, name=node.name, **said)
        yield ListedBy(
            subject=node.ref, object=self.publisher.ref, listing="sanctioned", program=fields.text("program"),
            label=node.name, **_dates(fields), **said,
        )  # fmt: skip

    def _alias(
        self, node: Person | Organisation, fields: Fields, said: Mapping[str, Any], context: Context
    ) -> Iterator[Record]:
        alias = trimmed(fields.pop("alias"), "alias", context)
        yield Named(
            subject=self.publisher.ref, object=node.ref, name=alias, kind="alias", concept=fields.text("kind"), **said
        )

    def _wallet(
        self, node: Person | Organisation, fields: Fields, said: Mapping[str, Any], context: Context
    ) -> Iterator[Record]:
        asset, text = fields.text("asset", most=40), fields.required("address", most=500)
        address = parse_asset_address(text, asset)
        for warning in address.warnings:
            context.warn(warning, field="address", value=text)
        wallet = Wallet.at(address)
        dates = _dates(fields)
        yield wallet
        yield node
        yield ListedBy(
            subject=wallet.ref, object=self.publisher.ref, listing="sanctioned", program=fields.text("program"),
            asset=asset, label=node.name, **dates, **said,
        )  # fmt: skip
        yield AttributedTo(subject=wallet.ref, object=node.ref, **dates, **said)


def _dates(fields: Fields) -> dict[str, Any]:
    names = {"valid_from": "listed_on", "valid_to": "delisted_on"}
    texts = {key: fields.text(name, most=40) for key, name in names.items()}
    return {key: parse_time(text, field=names[key]) if text else None for key, text in texts.items()}


def trimmed(value: Any, field: str, context: Context) -> str:
    """A name that has to be there, on one line, with the blanks around it taken off and told; raises RecordError."""
    text = " ".join(cell_text(value, field).split())
    if not text:
        raise RecordError(f"{field} is missing", field=field, value=value)
    if len(text) > MAX_NAME:
        raise RecordError(f"{field} is longer than {MAX_NAME:,} characters", field=field, value=text)
    if text != value:
        context.warn("blanks in or around it were taken off", field=field, value=value)
    return text


class Unknowns:
    """Tells once of every field a file has and its format does not know."""

    def __init__(self, *known: Iterable[str]) -> None:
        self._known = {name for names in known for name in names}
        self._told: set[str] = set()

    def tell(self, names: Iterable[str], context: Context) -> None:
        """Warn of names nobody has met."""
        for name in sorted(set(names) - self._known - self._told):
            self._told.add(name)
            context.where = "whole file"
            context.warn("a field this format does not know is left out", field=name[:100])
