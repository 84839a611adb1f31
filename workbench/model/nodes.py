"""Node records: one small class per kind of node in the graph.

These classes *are* the schema: `workbench.graph.schema` derives constraints, indexes, writes and the
schema page from their fields, types and docstrings. Adding a kind is adding a class here.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import RecordError
from workbench.model.addresses import Address, parse_address

Merge = Literal["intrinsic", "shared", "owned"]
"""What happens when two sources write the same node: `intrinsic` properties follow from the id;
`shared` and `owned` ones belong to whoever described the node first (`described_by`). Within that, `shared`
ones keep the smallest value, so that the order of rows does not matter, and of `owned` ones the latest edition
wins: the one with the latest `modified`, where the kind has that property and the stored node a value."""

Status = Literal["live", "revoked", "deprecated"]
MAX_TEXT = 10_000


class Ref(NamedTuple):
    """Points at a node: its label and its id."""

    label: str
    id: str


class Node(BaseModel):
    """A thing in the world, or a publication about it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=MAX_TEXT)
    label: ClassVar[str]
    stix: ClassVar[str] = "–"
    merge: ClassVar[Merge] = "shared"
    id: str = Field(min_length=1, max_length=500)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label the node carries, the keyed one first."""
        return (self.label,)

    @property
    def ref(self) -> Ref:
        """What an edge needs to point here."""
        return Ref(self.label, self.id)


class Wallet(Node):
    """One address on one network; never keyed by the address alone."""

    label = "Wallet"
    stix = "cryptocurrency-wallet (community extension)"
    merge = "intrinsic"
    address: str = Field(description="canonical spelling; lower case on EVM networks")
    network: str = Field(description="short network name, for example eth or btc")

    @classmethod
    def of(cls, address: str, network: str | None = None) -> Wallet:
        """The wallet of an address, checked; raises RecordError (see `parse_address`)."""
        return cls.at(parse_address(address, network))

    @classmethod
    def at(cls, address: Address) -> Wallet:
        """The wallet of an address that is already checked."""
        return cls(id=address.id, address=address.text, network=address.network)


class Transaction(Node):
    """A transaction of a UTXO network; account networks have SENT edges instead."""

    label = "Transaction"
    stix = "cryptocurrency-transaction (community extension)"
    merge = "intrinsic"
    hash: str
    network: str
    time: datetime | None = Field(None, description="block time, UTC")
    block: int | None = None


class FailedTransaction(Node):
    """A transaction of an account network, or one call of it, that a source says failed: it moved nothing."""

    label = "FailedTransaction"
    stix = "cryptocurrency-transaction (community extension)"
    merge = "intrinsic"
    network: str = Field(description="short network name, for example eth")


class Token(Node):
    """A token by its contract; what it calls itself is what sources say of it (DESCRIBES_TOKEN)."""

    label = "Token"
    merge = "intrinsic"
    network: str = Field(description="short network name, for example eth")


class Cluster(Node):
    """Wallets under one control, by a named heuristic with its parameters."""

    label = "Cluster"
    stix = "grouping"
    merge = "intrinsic"
    heuristic: str
    parameters: str


class Analysis(Node):
    """A question put to the graph by a computation: the same question has the same id in every run."""

    label = "Analysis"
    merge = "intrinsic"
    kind: Literal["trace", "exposure", "screening", "behaviour", "profile", "demixing"]
    incidents: tuple[str, ...] = Field((), description="the incidents it is about, by the names it calls them")
    wallets: tuple[str, ...] = Field((), description="ids of the wallets asked about, or followed from")
    options: str = Field(description="everything else that was asked, as JSON", max_length=1_000_000)


class Service(Node):
    """An exchange, mixer, bridge, DEX, OTC desk or other service that moves value for others."""

    label = "Service"
    stix = "identity"
    name: str
    concept: str | None = Field(None, description="GraphSense concept, for example exchange or mixing_service")
    uri: str | None = None


class ActorGroup(Node):
    """A group as one catalogue sees it; sameness between catalogues is a SAME_AS claim."""

    label = "ActorGroup"
    stix = "intrusion-set"
    merge: ClassVar[Merge] = "owned"
    name: str
    catalogue: str = Field(description="whose view this is, for example mitre")
    description: str | None = None
    url: str | None = None
    status: Status = "live"
    modified: datetime | None = Field(None, description="the catalogue's own date; an older edition never wins")


class Person(Node):
    """A person an authority has publicly designated; nobody else is ever a Person here."""

    label = "Person"
    stix = "threat-actor"
    merge = "owned"
    name: str
    authority: str


class Organisation(Node):
    """A company, organisation, vessel or aircraft, as one list or catalogue describes it."""

    label = "Organisation"
    stix = "identity"
    merge = "owned"
    name: str
    authority: str = Field(description="whose list or catalogue this is, for example ofac")
    kind: Literal["organisation", "vessel", "aircraft"] = "organisation"


class Incident(Node):
    """A theft or attack; its amounts and dates are claims (REPORTED), one per source."""

    label = "Incident"
    stix = "incident"
    name: str


class Infrastructure(Node):
    """A domain, IP address, URL, e-mail address, file hash, account or network; refanged, normalised."""

    label = "Infrastructure"
    stix = "SCO"
    merge = "intrinsic"
    type: Literal[
        "DomainName", "IPAddress", "IPNetwork", "Url", "EmailAddress", "FileHash", "UserAccount", "AutonomousSystem"
    ] = Field(description="also the node's second label")
    value: str

    @property
    def labels(self) -> tuple[str, ...]:
        """Infrastructure and its type."""
        return (self.label, self.type)


class CatalogueEntry(Node):
    """What malware, techniques, campaigns and lures have in common."""

    merge: ClassVar[Merge] = "owned"
    name: str
    catalogue: str
    description: str | None = None
    url: str | None = None
    status: Status = "live"
    modified: datetime | None = Field(None, description="the catalogue's own date; an older edition never wins")


class Malware(CatalogueEntry):
    """Malicious software or a tool, as a catalogue describes it."""

    label = "Malware"
    stix = "malware / tool"


class Technique(CatalogueEntry):
    """An adversary technique, social-engineering methods included."""

    label = "Technique"
    stix = "attack-pattern"
    tactics: tuple[str, ...] = ()


class Campaign(CatalogueEntry):
    """A named series of intrusions."""

    label = "Campaign"
    stix = "campaign"
    first_seen: datetime | None = None
    last_seen: datetime | None = None


class Lure(CatalogueEntry):
    """A pretext shown to victims: a fake job, a trojanised trading app, a persona."""

    label = "Lure"


SourceKind = Literal["authority", "vendor", "researcher", "academic", "media", "catalogue", "victim", "user"]


class Source(Node):
    """A publication or feed: who said it."""

    label = "Source"
    stix = "report / identity"
    merge: ClassVar[Merge] = "owned"
    title: str
    publisher: str
    kind: SourceKind
    url: str | None = None
    licence: str | None = None
    published: datetime | None = None


class SourceMention(Source):
    """A source of which a file gives the name only: makes it known, never overwrites a description."""

    merge = "intrinsic"

    @classmethod
    def of(cls, name: str) -> SourceMention:
        """The source called `name`, described by nobody yet; raises RecordError for a name without letters."""
        return cls(id=slug(name), title=name.strip()[:500], publisher="not stated", kind="user")


class ForeignObject(Node):
    """An object of a kind this workbench has no node for, kept as its source wrote it."""

    label = "ForeignObject"
    stix = "any custom object"
    merge = "owned"
    type: str = Field(description="the source's own word for its kind")
    content: str = Field(description="the object, as JSON")
    name: str | None = None


class IngestRun(Node):
    """One reading of one file: what was read, when, with what outcome."""

    label = "IngestRun"
    merge = "owned"
    file: str = Field(description="file name, without the folder")
    format: str
    source_id: str | None = None
    input_sha256: str
    dataset: str | None = Field(None, description="the data set of which the file is an edition")
    edition: str | None = Field(None, description="the edition's own date or number, as the file gives it")
    licence: str | None = None
    read_with: tuple[str, ...] = Field((), description="other files read with it: name and SHA-256")
    code_version: str
    described_by: str | None = Field(None, description="the key under which the file describes nodes")
    states_status: bool | None = Field(None, description="of a ledger: the file says which transactions succeeded")
    status: Literal["running", "done", "interrupted", "failed"]
    started_at: datetime
    finished_at: datetime | None = None
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    duplicates: int = 0
    retracted: int = 0
    warnings: int = 0
    words: tuple[str, ...] = Field((), description="a computed run's result in sentences, with what it does not know")


_SLUG = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """Lower-case words joined by hyphens: "Ronin Bridge" → ronin-bridge. Raises RecordError if nothing is left."""
    made = _SLUG.sub("-", text.casefold().replace("'", "")).strip("-")[:120]
    if not made:
        raise RecordError("no letters or digits to make an id from", field="name", value=text)
    return made


def incident_id(name: str, year: int | None) -> str:
    """The id of an incident that has none of its own: slug of the name, and the year of the theft.

    The year keeps thefts from the same service apart; a source that gives another year makes another
    incident, to be joined by a SAME_AS claim rather than silently.
    """
    return f"{slug(name)}-{year}" if year else slug(name)
