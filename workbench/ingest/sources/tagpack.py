"""GraphSense TagPack (YAML): tags on addresses and transactions, with a header that every tag inherits.

Every tag becomes NAMED claims of the pack (its label, once for each concept it is put in: `category`,
`abuse`, `concepts`). With an `actor` it also says who holds the address, as `workbench.ingest.lists.graphsense`
decides: CONTROLS from a service, or ATTRIBUTED_TO a group. A `sanction` tag that cites a sanctions authority
becomes LISTED_BY the pack as *tagged*: GraphSense says so, the authority's own list is another source.
The page a tag cites is a Source from which the pack is DERIVED_FROM.

The `network` of a tag must fit its address. `currency` names an asset, which is not a chain: where the
address is of another network, the address decides and a warning says so. A token that lives on many
Ethereum-like networks does not tell which, and an unknown currency may be a chain of its own whose addresses
look like somebody else's; both are quarantined until somebody adds `network`.

Every field of a tag may stand in the header, and holds for all tags that do not have their own.
Format: tagpack_schema.yaml of graphsense-lib.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.lists import graphsense as gs
from workbench.ingest.reading.fields import Fields, new_names
from workbench.ingest.reading.files import SourceFile
from workbench.model.addresses import Address, parse_address
from workbench.model.claims import AttributedTo, Claim, Controls, DerivedFrom, ListedBy, Mentions, Named
from workbench.model.confidence import GRAPHSENSE_CONFIDENCE
from workbench.model.ledger import transaction_hash
from workbench.model.networks import network_named
from workbench.model.nodes import MAX_TEXT, Node, Ref, Service, Transaction, Wallet

_TAG_FIELDS = frozenset((
    "label", "source", "currency", "network", "confidence", "context", "is_cluster_definer", "lastmod", "category",
    "abuse", "address", "tx_hash", "actor", "concepts", "tag_type",
))  # fmt: skip
_TAG_TYPES = ("actor", "event", "attribute", "mention")
_TOKEN_STANDARDS = {"ERC20": "eth", "BEP20": "bsc", "TRC20": "trx", "OMNI": "btc"}
_MANY_NETWORKS = frozenset(("USDT", "USDC", "DAI", "BUSD", "TUSD", "WETH", "WBTC"))
_UTXO = frozenset(("bitcoin", "bitcoin-cash"))


class TagPack(Format):
    """One TagPack file: an edition of the pack of that file name, creator and title."""

    name = "tagpack"
    title = "GraphSense TagPack (YAML)"
    doc = "Tags on addresses: labels, concepts, actors, with the page each was taken from."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.75)
    reads = {
        "title": "Source.title, and part of what tells one pack from another", "creator": "Source.publisher, likewise",
        "source": "evidence of every claim, and a Source the pack is DERIVED_FROM; in the header also Source.url",
        "lastmod": "in the header: Source.published, and the day of the edition",
        "address": "the Wallet the tag is on", "tx_hash": "the Transaction it is on, where there is no address",
        "network": "the wallet's network, which its address must fit",
        "currency": "the wallet's network, where none is given and address and currency make it sure",
        "label": "NAMED.name, once for each concept", "category": "NAMED.concept", "abuse": "NAMED.concept",
        "concepts": "NAMED.concept; what an actor is; a sanction that cites its authority: LISTED_BY as tagged",
        "confidence": "confidence, by GraphSense's levels (override 100 … unknown 5), its id as method",
        "actor": "a Service that CONTROLS the wallet, or a group it is ATTRIBUTED_TO, where the concepts tell which",
        "tag_type": "actor, or nothing: as above; event, attribute and mention: nobody holds the wallet by it, and "
        "only an attribute can be a listing",
        "context": "MENTIONS.text, as it stands",
    }  # fmt: skip
    ignores = {
        "is_cluster_definer": "names a cluster that GraphSense computes, and the graph does not have",
        "lastmod of a tag": "when the pack's author changed it, not when it was true",
        "is_public": "whether GraphSense shows it to everybody; `--tlp` marks it here. That it is not public is told",
        "owner": "who looks after the file", "description": "of the file, not of any address",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._pages: dict[str, tuple[Node, Claim] | None] = {}
        self._told: set[str] = set()

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A `tags:` list at the top level of a file that calls itself YAML, or has a creator."""
        if not re.search(r"^tags:", sample, re.MULTILINE) or re.search(r"^actors:", sample, re.MULTILINE):
            return 0
        named = name.removesuffix(".xz").removesuffix(".gz").endswith((".yaml", ".yml"))
        described = re.search(r"^(creator|title|header):", sample, re.MULTILINE) is not None
        return 90 if described else 40 if named else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """One row a tag, as it stands in the file; the header is kept beside them."""
        pack = gs.open_pack(self, "tags", file, context, self.reads.keys() | self.ignores.keys() | {"tags", "header"})
        inherited = {key: value for key, value in pack.header.items() if key in _TAG_FIELDS and value is not None}
        self.header = {
            "source_id": pack.source_id, "dataset": self.dataset, "describes": self.describes, "inherited": inherited,
        }  # fmt: skip
        yield from pack.rows

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The claims of one tag; raises RecordError where a required field is missing or contradicts another."""
        Fields(raw, "tag")
        own = {key: value for key, value in raw.items() if value is not None}
        for unknown in new_names(own.keys(), _TAG_FIELDS, self._told):
            context.warn("no such field in a tag; left out", field=unknown, value=own[unknown])
        fields = Fields({**self.header["inherited"], **own}, "tag")
        label = fields.required("label", most=1_000)
        page = fields.required("source", most=2_000)
        level, confidence = _confidence(fields.required("confidence"))
        concepts = tuple(dict.fromkeys(c for key in ("category", "abuse", "concepts") for c in fields.texts(key)))
        for concept in gs.unknown_concepts(concepts):
            context.warn("not in the concepts taxonomy; kept as the tag has it", field="concepts", value=concept)
        said = {
            "source_id": self.header["source_id"], "dataset": self.header["dataset"], "tlp": context.tlp,
            "method": level, "confidence": confidence, "evidence": page,
        }  # fmt: skip
        target, node = self._target(fields, context)
        yield node
        source = Ref("Source", self.header["source_id"])
        for concept_or_none in concepts or (None,):
            yield Named(subject=source, object=target, name=label, kind="label", concept=concept_or_none, **said)
        if (tag_type := fields.text("tag_type")) not in (None, *_TAG_TYPES):
            context.warn("not a type of tag; only its label is read", field="tag_type", value=tag_type)
        if actor := fields.text("actor", most=200):
            yield from self._actor(actor, tag_type, target, concepts, said, context)
        if "sanction" in concepts and target.label == "Wallet":
            if tag_type not in (None, "actor", "attribute"):
                context.warn(f"tagged as a sanction, but a tag of type {tag_type} lists nobody", field="tag_type")
            elif gs.is_sanctions_authority(page):
                yield ListedBy(subject=target, object=source, listing="tagged", label=label, **said)
            else:
                context.warn("tagged as a sanction, but citing no sanctions authority", field="source", value=page)
        if text := _context(fields.pop("context"), context):
            yield Mentions(subject=source, object=target, kind="note", text=text, **said)
        yield from self._page(page, own.get("address"), context)

    def _target(self, fields: Fields, context: Context) -> tuple[Ref, Node]:
        """The wallet or transaction the tag is on."""
        address, tx_hash = fields.text("address"), fields.text("tx_hash")
        stated, currency = fields.text("network"), fields.text("currency")
        if stated is None and currency is None:
            raise RecordError("neither network nor currency is given", field="network")
        if address is not None:
            if tx_hash is not None:
                context.drop("the tag is on the address; its tx_hash is not kept", field="tx_hash", value=tx_hash)
            wallet = Wallet.at(_address(address, stated, currency, context))
            return wallet.ref, wallet
        if tx_hash is None:
            raise RecordError("neither address nor tx_hash is given", field="address")
        network = network_named(stated or currency or "")
        if network.family not in _UTXO:
            what = f"a transaction of {network.title} is not a node: only UTXO networks have these"
            raise RecordError(what, field="tx_hash", value=tx_hash)
        hash_ = transaction_hash(tx_hash)
        transaction = Transaction(id=f"{network.caip2}/tx:{hash_}", hash=hash_, network=network.name)
        return transaction.ref, transaction

    def _actor(
        self,
        actor: str,
        tag_type: str | None,
        target: Ref,
        concepts: tuple[str, ...],
        said: dict[str, Any],
        context: Context,
    ) -> Iterator[Record]:
        """Who holds the wallet, where the tag says so and the concepts tell what the actor is."""
        if tag_type not in (None, "actor"):
            context.drop(f"a tag of type {tag_type} does not say who holds the address", field="actor", value=actor)
            return
        if target.label != "Wallet":
            context.drop("nobody controls a transaction; the label is kept", field="actor", value=actor)
            return
        kind = gs.kind_of_actor(concepts)
        if kind == "service":
            category = gs.service_concept(concepts)
            service = Service(id=gs.service_id(actor), name=actor, concept=category)
            role = next((role for role in gs.WALLET_ROLES if role in concepts), None)
            yield service
            yield Controls(subject=service.ref, object=target, role=role, **said)
        elif kind == "group":
            group = gs.GroupMention(id=gs.group_id(actor), name=actor, catalogue="graphsense")
            yield group
            yield AttributedTo(subject=target, object=group.ref, **said)
        else:
            shown = ", ".join(concepts) or "no concept"
            context.drop(f"{shown} does not tell what the actor is; the label is kept", field="actor", value=actor)

    def _page(self, url: str, address: Any, context: Context) -> Iterable[Record]:
        """The publication the tag cites, and that the pack builds on it."""
        if url not in self._pages:
            source = gs.web_source(url, address if isinstance(address, str) and address else None)
            claim = source and DerivedFrom(
                subject=Ref("Source", self.header["source_id"]), object=source.ref, source_id=self.header["source_id"],
                dataset=self.header["dataset"], tlp=context.tlp,
            )  # fmt: skip
            self._pages[url] = (source, claim) if source and claim else None
        return self._pages[url] or ()


def _confidence(name: str) -> tuple[str, int]:
    if name not in GRAPHSENSE_CONFIDENCE:
        raise RecordError("not a confidence of the TagPack taxonomy", field="confidence", value=name)
    return name, GRAPHSENSE_CONFIDENCE[name]


def _context(notes: Any, context: Context) -> str | None:
    """A tag's context as text: JSON in most packs, or a mapping."""
    if notes is None:
        return None
    text = notes.strip() if isinstance(notes, str) else json.dumps(notes, sort_keys=True, ensure_ascii=False)
    if len(text) > MAX_TEXT or "\0" in text:
        context.drop(f"longer than {MAX_TEXT:,} characters, or with a NUL character", field="context", value=text)
        return None
    return text


def _address(text: str, stated: str | None, currency: str | None, context: Context) -> Address:
    """The address on the network stated, or on the one the currency and the address together make sure."""
    if stated is not None:
        found = parse_address(text, network_named(_TOKEN_STANDARDS.get(stated.upper(), stated)).name)
    else:
        found = _by_currency(text, currency or "", context)
    for warning in found.warnings:
        context.warn(warning, field="address", value=text)
    return found


def _by_currency(text: str, currency: str, context: Context) -> Address:
    token = currency.upper() in _MANY_NETWORKS
    try:
        name = None if token else network_named(_TOKEN_STANDARDS.get(currency.upper(), currency)).name
    except RecordError:
        what = f"{currency!r} is no network the workbench knows, and the tag has no network"
        raise RecordError(what, field="currency", value=currency) from None
    try:
        if name is not None:
            return parse_address(text, name)
    except RecordError as refused:
        try:
            parse_address(text)
        except RecordError:
            raise refused from None
    if text.strip()[:2].lower() == "0x":
        what = f"{currency} at an Ethereum-like address does not tell which network; add `network`"
        raise RecordError(what, field="network", value=currency)
    found = parse_address(text)
    context.warn(f"the currency is {currency}, but the address is of {found.network}", field="currency", value=text)
    return found
