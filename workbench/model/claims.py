"""Claims: what somebody asserts. Each is an edge of its own; rival claims never overwrite each other.

A claim is immutable: its id is a hash of everything it says and of who says it. When a source
changes its mind, the old claim is retracted and a new one recorded, so "what did we know on that
day" stays answerable. `run_id`, `recorded_at` and `retracted_at` are added when it is stored.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.model.confidence import Tlp
from workbench.model.nodes import MAX_TEXT, Ref

Tier = Literal["structural", "intelligence"]
_ANY = "*"


class Claim(BaseModel):
    """Somebody's assertion about two nodes."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=MAX_TEXT)
    type: ClassVar[str]
    ends: ClassVar[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]
    """Pairs of (labels it may start at, labels it may end at); `*` is any label."""

    subject: Ref
    object: Ref
    source_id: str = Field(description="who says so: the id of a Source")
    tier: Tier = Field("intelligence", description="structural: recomputable from ledger data; intelligence: a word")
    method: str = Field("statement", description="how the source knows, or how it was computed")
    confidence: int | None = Field(None, ge=0, le=100, description="STIX 2.1 confidence")
    grade: str | None = Field(None, description="Admiralty grade, where the source gives one")
    tlp: Tlp = "clear"
    valid_from: datetime | None = Field(None, description="in the world: true from")
    valid_to: datetime | None = Field(None, description="in the world: true until")
    evidence: str | None = Field(None, description="address of the statement, or a reference into it")
    dataset: str | None = Field(None, description="which edition-bearing file of the source it came from")

    @cached_property
    def claim_id(self) -> str:
        """32 hexadecimal digits over the claim's type, ends, source and content."""
        content = self.model_dump(mode="json", exclude_none=True)
        text = json.dumps([self.type, content], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


class AttributedTo(Claim):
    """Somebody says that the wallet, incident, campaign, malware or infrastructure is this actor's."""

    type = "ATTRIBUTED_TO"
    ends = (
        (
            ("Wallet", "Incident", "Campaign", "Malware", "Infrastructure", "Cluster"),
            ("ActorGroup", "Person", "Organisation"),
        ),
    )


class Controls(Claim):
    """Somebody says that a service, person or group controls the wallet or infrastructure."""

    type = "CONTROLS"
    ends = ((("Service", "ActorGroup", "Person", "Organisation"), ("Wallet", "Infrastructure", "Cluster")),)
    role: str | None = Field(None, description="for example deposit, hot_wallet, contract")


Role = Literal["thief", "victim", "laundering", "terminal", "source", "used", "published", "unknown"]


class Involves(Claim):
    """The incident involves a wallet, software, technique, service or infrastructure, in a role."""

    type = "INVOLVES"
    ends = (
        (
            ("Incident",),
            (
                "Wallet",
                "Malware",
                "Technique",
                "Infrastructure",
                "Campaign",
                "Lure",
                "Service",
                "Transaction",
            ),
        ),
    )
    role: Role = Field(description="a victim's own address is never the thief's")


class Named(Claim):
    """The source calls the thing by this name; a name belongs to the catalogue that uses it."""

    type = "NAMED"
    ends = ((("Source",), (_ANY,)),)
    name: str
    kind: Literal["name", "alias", "label"] = "name"
    concept: str | None = Field(None, description="category the source puts it in, in the source's vocabulary")


class Reported(Claim):
    """The source reports an incident with this amount and date, its own words kept."""

    type = "REPORTED"
    ends = ((("Source",), ("Incident",)),)
    amount_usd: float | None = Field(None, ge=0, lt=1e15, description="US dollars at the time, for ranking")
    amount_text: str | None = Field(None, description="the amount as the source wrote it")
    date: datetime | None = Field(None, description="date of the theft, UTC")
    date_precision: Literal["year", "month", "day", "time"] | None = None
    category: str | None = Field(None, description="the source's kind of incident, for example key or wallet")
    stated_on: datetime | None = Field(None, description="date of the statement")
    technique: str | None = Field(None, description="how it was done, in the source's words")
    networks: tuple[str, ...] | None = Field(None, description="chains it happened on, in the source's words")
    returned_usd: float | None = Field(None, ge=0, lt=1e15, description="what was given back, US dollars")


class SameAs(Claim):
    """Two nodes are the same thing, says the source; merging them is a view, never a write."""

    type = "SAME_AS"
    ends = (
        *(
            ((kind,), (kind,))
            for kind in (
                "ActorGroup", "Incident", "Service", "Malware", "Campaign", "Person", "Technique", "Organisation",
                "Infrastructure",
            )
        ),
        (("Organisation",), ("ActorGroup", "Service")),
    )  # fmt: skip
    reasons: tuple[str, ...] | None = Field(
        None, description="what the sameness was computed from, in words, with weights"
    )


class DistinctFrom(Claim):
    """Two nodes are different things, says the source, however alike they look."""

    type = "DISTINCT_FROM"
    ends = tuple(((kind,), (kind,)) for kind in ("Incident", "ActorGroup", "Service", "Malware", "Person"))


class PartOf(Claim):
    """The first is a part of the second: one theft of several that a source reports as one."""

    type = "PART_OF"
    ends = (
        (("Incident",), ("Incident",)),
        (("ActorGroup",), ("ActorGroup",)),
        (("Technique",), ("Technique",)),
    )


class SupersededBy(Claim):
    """The catalogue revoked the first entry in favour of the second."""

    type = "SUPERSEDED_BY"
    ends = tuple(((kind,), (kind,)) for kind in ("ActorGroup", "Malware", "Technique", "Campaign"))


class Uses(Claim):
    """The group, campaign, malware or incident uses a technique, software, lure or service."""

    type = "USES"
    ends = (
        (
            ("ActorGroup", "Campaign", "Malware", "Incident"),
            ("Technique", "Malware", "Infrastructure", "Lure", "Service"),
        ),
    )
    citations: tuple[str, ...] = Field((), description="the references the source gives for it")


class Targets(Claim):
    """The group, campaign or malware targets a service."""

    type = "TARGETS"
    ends = ((("ActorGroup", "Campaign", "Malware", "Incident"), ("Service", "Organisation")),)


class ListedBy(Claim):
    """The source lists it: sanctioned, published, seized and blocked are different things."""

    type = "LISTED_BY"
    ends = ((("Wallet", "Person", "ActorGroup", "Service", "Infrastructure", "Organisation"), ("Source",)),)
    listing: Literal["sanctioned", "published", "seized", "blocked", "tagged", "shared"] = Field(
        description="`shared`: infrastructure that many people use (VPN exits, clouds): evidence of nobody"
    )
    program: str | None = None
    asset: str | None = Field(None, description="the asset the list states, as written; it is not the network")
    label: str | None = Field(None, description="what the list calls it")


class InCluster(Claim):
    """The wallet is in the cluster, by the cluster's heuristic."""

    type = "IN_CLUSTER"
    ends = ((("Wallet",), ("Cluster",)),)
    defect: str | None = Field(None, description="why the cluster is no owner's: it looks as if it had collapsed")


class ResolvesTo(Claim):
    """The domain resolved to the address."""

    type = "RESOLVES_TO"
    ends = ((("Infrastructure",), ("Infrastructure",)),)


class CommunicatesWith(Claim):
    """The malware or infrastructure communicates with the infrastructure."""

    type = "COMMUNICATES_WITH"
    ends = ((("Infrastructure", "Malware"), ("Infrastructure",)),)


class Indicates(Claim):
    """Seeing the infrastructure points to the malware, campaign or group."""

    type = "INDICATES"
    ends = ((("Infrastructure",), ("Malware", "Campaign", "ActorGroup", "Incident")),)


class DerivedFrom(Claim):
    """The first source copies or builds on the second: repeats are one piece of news."""

    type = "DERIVED_FROM"
    ends = ((("Source",), ("Source",)),)


class Mentions(Claim):
    """The source speaks of the thing: in a report, note, opinion, sighting or group of observations."""

    type = "MENTIONS"
    ends = ((("Source",), (_ANY,)),)
    kind: Literal["report", "note", "opinion", "sighting", "grouping", "observation"]
    text: str | None = Field(None, description="what the note says, or the opinion (STIX opinion-enum)")
    count: int | None = Field(None, ge=0, description="how often it was seen")
    id: str | None = Field(None, description="the source's own id of the note or sighting")


class Related(Claim):
    """The source relates two things in its own word, which is none of the other kinds of claim."""

    type = "RELATED"
    ends = (((_ANY,), (_ANY,)),)
    relation: str = Field(description="the source's own word, for example ownership or family")
    description: str | None = None
