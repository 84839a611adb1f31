"""OpenSanctions: FollowTheMoney entities, one JSON object a line (`entities.ftm.json`).

Every entity names the data sets it is in (`us_ofac_sdn`, `eu_fsf`, …), and each data set is a source of its own,
DERIVED_FROM the authority whose list it copies. What is merged out of several data sets is said by OpenSanctions
itself, unless only one of them can have said it: two authorities with two owners for one address both stand.

- A person is loaded only where an authority has publicly designated them: a topic `sanction`, `sanction.counter`
  or `wanted`, or a Sanction of their own. Everybody else (politicians, relatives, officers of companies) is left
  out and counted. The same holds for a LegalEntity, which may be a person.
- A Sanction is a listing with its dates: `listingDate`, else `startDate`, to `endDate`. Dates without a day are told.
- A wallet is sanctioned where the list says so; where it only stands in a data set, it is published.
  One that is called ended without a day of its end ("Delisted") is published, with its status: not sanctioned.
- Relations (Ownership, Directorship, UnknownLink, …) are kept where both ends are, in their own word. Of a wallet,
  only its `holder` and an Ownership say whose it is; to have sent money to a wallet is not to hold it.

A file of one data set is a whole edition of it, of the latest `last_seen` in it. One of several data sets adds to
what is known and retracts nothing: it does not say which collection it is.
Format: https://www.opensanctions.org/docs/entities/ and https://followthemoney.tech/explorer/schemata/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.ingest.sanctions.designations import trimmed
from workbench.ingest.sanctions.ftm import (
    OPENSANCTIONS,
    SANCTIONED,
    Entity,
    Index,
    authority_of,
    dates_of,
    ended_somewhen,
    read_lines,
    source_of,
    speaker_of,
)  # fmt: skip
from workbench.model.addresses import parse_asset_address
from workbench.model.claims import AttributedTo, DerivedFrom, ListedBy, Named, Related
from workbench.model.nodes import Organisation, Person, Ref, Source, Wallet

KINDS = {
    "Person": "person", "LegalEntity": "legal", "Organization": "organisation", "Company": "organisation",
    "PublicBody": "organisation", "Vessel": "vessel", "Airplane": "aircraft",
}  # fmt: skip
RELATIONS = {
    "Ownership": ("owner", "asset"), "Directorship": ("director", "organization"),
    "Membership": ("member", "organization"), "Employment": ("employee", "employer"),
    "Representation": ("agent", "client"), "UnknownLink": ("subject", "object"),
    "Associate": ("person", "associate"), "Family": ("person", "relative"),
}  # fmt: skip


class OpenSanctions(Format):
    """Entities of one data set, or of several."""

    name = "opensanctions"
    title = "OpenSanctions (FollowTheMoney JSON lines)"
    doc = "Designated people, organisations, their wallets and relations, each in the word of its data set."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.2)
    describes = "opensanctions"
    reads = {
        "schema": f"what the entity is: {', '.join((*KINDS, 'CryptoWallet', 'Sanction', *RELATIONS))}",
        "caption": "the name: NAMED",
        "datasets": "who says so: a Source each, DERIVED_FROM the authority whose list it copies",
        "last_seen": "the latest one in a file of one data set is the edition",
        "alias, weakAlias, previousName, name": "NAMED, kind alias",
        "topics": "whether a person is designated, and a wallet sanctioned",
        "publicKey": "a Wallet: LISTED_BY; the network is decided from the address",
        "currency, currencySymbol": "`asset` of LISTED_BY, as stated",
        "holder": "the wallet is ATTRIBUTED_TO it",
        "entity": "of a Sanction: who is LISTED_BY the authority, sanctioned",
        "listingDate, startDate, endDate": "`valid_from` and `valid_to`",
        "program, programId": "`program` of LISTED_BY",
        "sourceUrl": "`evidence`",
        "owner, asset, director, organization, member, employee, employer, agent, client, subject, object, person, "
        "associate, relative": "ends of RELATED; the asset of an Ownership that is a wallet: ATTRIBUTED_TO",
        "role, description, status": "`description` of RELATED: the first of them; `status` of a Sanction: `label` of "
        "LISTED_BY, and whether it is in force",
    }
    ignores = {
        "birthDate, nationality, passportNumber, … (any other property)": "particulars of people and companies",
        "balance, privateKey, mangingExchange": "no evidence of who holds a wallet",
        "Address, Identification, … (any other schema)": "left out, counted",
        "referents, target, first_seen, last_change, first_change": "OpenSanctions' own book-keeping",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Lines that are objects with a schema and properties."""
        first = sample.lstrip("\ufeff \r\n").split("\n", 1)[0]
        keys = ('"schema"', '"properties"', '"id"')
        return 90 if first.startswith("{") and all(key in first for key in keys) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Those who are named, then everything between them; the file is read three times, line by line."""
        index = Index.of(read_lines(file), KINDS)
        if not index.datasets:
            raise InputError("no entity in it names its data set", where=file.name)
        for dataset in sorted(index.datasets):
            context.source(source_of(dataset))
            if authority := authority_of(dataset):
                context.source(authority)
        context.source(OPENSANCTIONS)
        if len(index.datasets) == 1:
            self.dataset, self.edition = source_of(next(iter(index.datasets))).id, index.last_seen
        else:
            context.where = "whole file"
            context.warn(f"{len(index.datasets)} data sets in one file: added to what is known, nothing is retracted")
        left_out: Counter[str] = Counter()
        for second in (False, True):
            for where, entity in read_lines(file):
                if isinstance(entity, str):
                    if not second:
                        yield Row(where, entity)
                elif (entity.schema in KINDS) != second:
                    yield from self._row(where, entity, index, left_out)
        context.where = "whole file"
        for what, count in sorted(left_out.items()):
            context.drop(f"left out: {count:,} {what}", field="schema")

    def _row(self, where: str, entity: Entity, index: Index, left_out: Counter[str]) -> Iterator[Row]:
        if entity.schema in KINDS:
            if entity.id in index.kept:
                by = sorted(index.sanctioned_by.get(entity.id, ()))
                yield Row(where, {"entity": entity.raw, "sanctioned_by": by})
            else:
                left_out[f"entities of schema {entity.schema} that no authority designates"] += 1
        elif entity.schema in ("CryptoWallet", "Sanction") or entity.schema in RELATIONS:
            names = {"CryptoWallet": ("holder",), "Sanction": ("entity",), **RELATIONS}[entity.schema]
            ends = {end: index.kept[end] for name in names for end in entity.ids(name) if end in index.kept}
            wallets = {end: index.wallets[end] for name in names for end in entity.ids(name) if end in index.wallets}
            if entity.schema in RELATIONS and len(ends) + len(wallets) < 2:
                left_out[f"relations of schema {entity.schema} with an end that is not loaded"] += 1
                return
            if entity.schema == "Sanction" and entity.ids("entity") and not ends and not wallets:
                left_out["entities of schema Sanction of somebody who is not loaded"] += 1
                return
            sanctioned = sorted(index.sanctioned_by.get(entity.id, ()))
            yield Row(where, {"entity": entity.raw, "ends": ends, "wallets": wallets, "sanctioned_by": sanctioned})
        else:
            left_out[f"entities of schema {entity.schema[:60]}"] += 1

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What one entity says."""
        if isinstance(raw, str):
            raw = {"entity": _object(raw)}
        if not isinstance(raw, dict):
            raise RecordError("not an entity: an object with id, schema and properties", value=raw)
        entity = Entity.of(raw.get("entity"))
        if entity.schema in KINDS:
            return self._party(entity, raw, context)
        if entity.schema == "CryptoWallet":
            return self._wallet(entity, raw, context)
        if entity.schema == "Sanction":
            return self._sanction(entity, raw, context)
        if entity.schema in RELATIONS:
            return self._relation(entity, raw, context)
        raise RecordError("not a schema that is loaded", field="schema", value=entity.schema)

    def _party(self, entity: Entity, raw: dict[str, Any], context: Context) -> Iterator[Record]:
        kind = KINDS[entity.schema]
        name = trimmed(entity.caption or next(iter(entity.values("name")), ""), "caption", context)
        common = {"id": f"opensanctions:{entity.id}", "name": name, "authority": "opensanctions"}
        node: Person | Organisation
        if kind == "person":
            node = Person.model_validate(common)
        else:
            if kind == "legal":
                context.warn("a LegalEntity: whether a person or an organisation is not said", field="schema")
            kind = kind if kind in ("vessel", "aircraft") else "organisation"
            node = Organisation.model_validate({**common, "kind": kind})
        yield node
        source = speaker_of(entity.datasets)
        said = self._said(source, entity, context)
        yield from self._derived(entity.datasets)
        yield Named(subject=source.ref, object=node.ref, name=name, concept=entity.schema, **said)
        aliases = [a for p in ("name", "alias", "weakAlias", "previousName") for a in entity.values(p)]
        for alias in dict.fromkeys(trimmed(alias, "alias", context) for alias in aliases):
            if alias != name:
                yield Named(subject=source.ref, object=node.ref, name=alias, kind="alias", **said)
        # Topics are merged with the rest: only of a single data set is it known who says so.
        topics, where = set(entity.values("topics")), self._listed_in(entity)
        if "wanted" in topics:
            yield ListedBy(subject=node.ref, object=where, listing="published", label="wanted", **said)
        if topics & SANCTIONED and not raw.get("sanctioned_by"):
            yield ListedBy(subject=node.ref, object=where, listing="sanctioned", **said)

    def _listed_in(self, entity: Entity) -> Ref:
        """The authority (or data set) by which an entity of one data set is listed; OpenSanctions for a merged one."""
        if len(entity.datasets) != 1:
            return OPENSANCTIONS.ref
        return (authority_of(entity.datasets[0]) or source_of(entity.datasets[0])).ref

    def _wallet(self, entity: Entity, raw: dict[str, Any], context: Context) -> Iterator[Record]:
        keys = entity.values("publicKey")
        if not keys:
            raise RecordError("a wallet without an address", field="publicKey")
        assets = [*entity.values("currency"), *entity.values("currencySymbol")]
        asset = assets[0] if assets else None
        for wallet in self._addresses(keys, asset, context):
            yield wallet
            yield from self._derived(entity.datasets)
            for dataset in entity.datasets:
                yield ListedBy.model_validate({
                    "subject": wallet.ref, "object": (authority_of(dataset) or source_of(dataset)).ref,
                    "listing": self._listing(dataset, entity, raw, context), "asset": asset,
                    **self._said(source_of(dataset), entity, context),
                })  # fmt: skip
            for holder in entity.ids("holder"):
                if (end := (raw.get("ends") or {}).get(holder)) is None:
                    context.drop("the holder is not in the file, or no authority designates them", field="holder",
                                 value=holder)  # fmt: skip
                    continue
                label, datasets = end
                both = [d for d in entity.datasets if d in datasets]
                said = self._said(speaker_of(both or entity.datasets), entity, context)
                yield AttributedTo(subject=wallet.ref, object=Ref(label, f"opensanctions:{holder}"), **said)

    def _addresses(self, keys: Iterable[str], asset: str | None, context: Context) -> Iterator[Wallet]:
        for key in keys:
            address = parse_asset_address(key, asset)
            for warning in address.warnings:
                context.warn(warning, field="publicKey", value=key)
            yield Wallet.at(address)

    def _listing(self, dataset: str, entity: Entity, raw: dict[str, Any], context: Context) -> str:
        """sanctioned where this data set says so by a topic; published where it may be another one that does, and where
        a Sanction says the rest, with its dates."""
        if dataset in (raw.get("sanctioned_by") or ()):
            return "published"
        topics = set(entity.values("topics"))
        if topics & SANCTIONED:
            if len(entity.datasets) == 1:
                return "sanctioned"
            holders = [datasets for _, datasets in (raw.get("ends") or {}).values()]
            if authority_of(dataset) and any(dataset in datasets for datasets in holders):
                return "sanctioned"
            told = "merged of several data sets, and which of them sanctions it is not said: published"
            context.warn(told, field="datasets", value=dataset)
        elif "asset.frozen" in topics:
            context.warn("a frozen asset: neither seized nor blocked by an issuer, kept as published", field="topics")
        return "published"

    def _sanction(self, entity: Entity, raw: dict[str, Any], context: Context) -> Iterator[Record]:
        programs = dict.fromkeys([*entity.values("program"), *entity.values("programId")])
        dates = dates_of(entity, context)
        status = "; ".join(entity.values("status"))[:500]
        in_force = dates["valid_to"] is not None or not ended_somewhen(entity, context)
        ends = [Ref(label, f"opensanctions:{id_}") for id_, (label, _) in (raw.get("ends") or {}).items()]
        asset = None
        for keys, asset in (raw.get("wallets") or {}).values():
            for wallet in self._addresses(keys, asset, context):
                yield wallet
                ends.append(wallet.ref)
        if not ends:
            raise RecordError("a sanction of nobody in the file", field="entity")
        yield from self._derived(entity.datasets)
        for end in ends:
            for dataset in entity.datasets:
                yield ListedBy(
                    subject=end, object=(authority_of(dataset) or source_of(dataset)).ref,
                    listing="sanctioned" if in_force else "published", label=f"status: {status}" if status else None,
                    program="; ".join(programs)[:1_000] or None, asset=asset if end.label == "Wallet" else None,
                    **dates, **self._said(source_of(dataset), entity, context),
                )  # fmt: skip

    def _relation(self, entity: Entity, raw: dict[str, Any], context: Context) -> Iterator[Record]:
        start, stop = RELATIONS[entity.schema]
        dates = dates_of(entity, context)
        said = self._said(speaker_of(entity.datasets), entity, context)
        words = [*entity.values("role"), *entity.values("description"), *entity.values("status")]
        made: list[Record] = []
        yield from self._derived(entity.datasets)
        subjects, objects = self._ends(entity, start, raw, made, context), self._ends(entity, stop, raw, made, context)
        for one in subjects:
            for other in objects:
                if entity.schema == "Ownership" and other.label == "Wallet" and one.label != "Wallet":
                    made.append(AttributedTo(subject=other, object=one, **dates, **said))
                    for word in words:
                        context.drop("a word about the ownership of a wallet is left out", field="role", value=word)
                else:
                    made.append(Related(
                        subject=one, object=other, relation=entity.schema.lower(),
                        description=next(iter(words), None), **dates, **said,
                    ))  # fmt: skip
        if not subjects or not objects:
            raise RecordError("a relation between entities that are not loaded", field=stop if subjects else start)
        yield from made

    def _ends(self, entity: Entity, name: str, raw: dict[str, Any], made: list[Record], context: Context) -> list[Ref]:
        """Who stands at one end of a relation; wallets are added to what is made."""
        kept, wallets = raw.get("ends") or {}, raw.get("wallets") or {}
        ends = [Ref(kept[id_][0], f"opensanctions:{id_}") for id_ in entity.ids(name) if id_ in kept]
        for keys, asset in (wallets[id_] for id_ in entity.ids(name) if id_ in wallets):
            for wallet in self._addresses(keys, asset, context):
                made.append(wallet)
                ends.append(wallet.ref)
        return ends

    def _derived(self, datasets: Iterable[str]) -> Iterator[DerivedFrom]:
        for dataset in datasets:
            if authority := authority_of(dataset):
                source = source_of(dataset)
                yield DerivedFrom(subject=source.ref, object=authority.ref, source_id=source.id, evidence=source.url)

    def _said(self, source: Source, entity: Entity, context: Context) -> dict[str, Any]:
        pages = [url for url in entity.values("sourceUrl") if re.match(r"https?://\S{4,490}\Z", url)]
        return {
            "source_id": source.id, "dataset": source.id if source.id != OPENSANCTIONS.id else None,
            "tlp": context.tlp, "evidence": pages[0] if pages else None,
        }  # fmt: skip


def _object(text: str) -> Any:
    try:
        return parse_json(text, "line")
    except InputError as error:
        raise RecordError(error.what, value=text) from error
