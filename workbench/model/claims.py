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


class ReportedFailed(Claim):
    """The source says that the transaction, or the call, failed: it moved nothing."""

    type = "REPORTED_FAILED"
    ends = ((("Source",), ("FailedTransaction",)),)


class DescribesToken(Claim):
    """The source says what a token calls itself. Anybody can choose a symbol: it says nothing about what it is."""

    type = "DESCRIBES_TOKEN"
    ends = ((("Source",), ("Token",)),)
    symbol: str | None = Field(None, max_length=200)
    name: str | None = Field(None, max_length=200)
    decimals: int | None = Field(None, ge=0, le=77, description="digits behind the point of a whole token")


class Related(Claim):
    """The source relates two things in its own word, which is none of the other kinds of claim."""

    type = "RELATED"
    ends = (((_ANY,), (_ANY,)),)
    relation: str = Field(description="the source's own word, for example ownership or family")
    description: str | None = None


class Computed(Claim):
    """What an analysis of the workbench makes of the loaded graph: a calculation, and nobody's word.

    It ends at the Analysis that says so, never at a group, a service or an incident: nobody who walks the graph is to
    come from a wallet to an actor by way of a calculation. Amounts are exact, as text in base units of `asset`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=1_000_000)
    tier: Tier = Field("structural", description="recomputable from ledger data and claims")


class TaintedIn(Computed):
    """By this trace the wallet holds, or was handed, value of the incident: what each method says, side by side."""

    type = "TAINTED_IN"
    ends = ((("Wallet", "Transaction"), ("Analysis",)),)
    incident: str = Field(description='as the trace calls it; "a | b": of wallets that are sources of both')
    asset: str
    outcome: Literal["held", "crossed", "passed"] = Field(
        description="held: stays there; crossed: a service's wallet, where the trace ends; passed: nothing stays"
    )
    poison: str | None = Field(None, description="an upper bound that may count the same value many times")
    haircut: str | None = None
    fifo: str | None = None
    lifo: str | None = None
    tiho: str | None = None
    low: str | None = Field(None, description="of haircut: if wallets of unknown history passed on no taint")
    high: str | None = Field(None, description="of haircut: if all they sent was tainted")
    value: float = Field(description="haircut, else the first method asked for, as a float; for ranking only")
    received: str | None = Field(None, description="by haircut, all that ever arrived")
    hops: int
    first_time: datetime | None = Field(None, description="of the first followed transfer to it, UTC")
    services: tuple[str, ...] = Field((), description="ids of the services it was taken to be of, rivals together")
    incomplete: bool | None = Field(None, description="it sent more than it was seen to receive")
    ambiguous: bool | None = Field(None, description="it received and sent at one instant")


class ExposedIn(Computed):
    """By this look the wallet deals with wallets of a category, directly or by way of others; no path of money."""

    type = "EXPOSED_IN"
    ends = ((("Wallet",), ("Analysis",)),)
    direction: Literal["received from", "sent to"]
    kind: str = Field(description="sanctioned, actor, incident, service, …; unresolved: nobody labelled was found")
    category: str = Field(description="id of the list, group or incident, or the concept of service")
    name: str
    hops: int | None = Field(None, description="fewest transfers to a wallet of the category")
    flow_share: float | None = Field(None, description="share of the wallet's value, without regard to time: no taint")
    transfers: int = Field(0, description="directly")
    value_usd: float | None = Field(None, description="directly, US dollars at the time")
    transfers_without_usd: int = 0
    apportioned: int = Field(0, description="of the transfers, parts of UTXO transactions")
    assets: tuple[str, ...] = Field((), description="directly; `amounts` has what of each, in the same order")
    amounts: tuple[str, ...] = Field((), description="exact, in base units")
    counterparties: tuple[str, ...] = Field((), description="labelled wallets it dealt with directly")
    words: str | None = None


class ScreenedIn(Computed):
    """By this screening the wallet has a hit, or none in what was loaded then; who asked for it is not told."""

    type = "SCREENED_IN"
    ends = ((("Wallet",), ("Analysis",)),)
    status: Literal["hit", "direct", "indirect", "service", "uncounted", "mentioned", "no hit"]
    words: str | None = Field(None, description="the verdict; none where there is no hit, which is no finding")
    own_hits: int
    direct_categories: int
    indirect_categories: int
    nearest_hops: int | None = Field(None, description="0: labelled itself")
    uncounted_transfers: int = Field(description="left out because anybody can plant them")
    transfers: int = Field(description="that touch it and count")
    sources: tuple[str, ...] = Field((), description="whose statements it rests on")


class ProfiledIn(Computed):
    """By this profile the loaded transfers of the incident's thieves and launderers have these measures."""

    type = "PROFILED_IN"
    ends = ((("Incident",), ("Analysis",)),)
    features: tuple[str, ...] = Field(description="what could be measured; `values` and `units` are in the same order")
    values: tuple[float, ...]
    units: tuple[str, ...]
    not_measured: tuple[str, ...] = ()


class ShowsPatternIn(Computed):
    """By this look at behaviour the wallet's transfers have a shape; a shape is no evidence of crime by itself."""

    type = "SHOWS_PATTERN_IN"
    ends = ((("Wallet",), ("Analysis",)),)
    pattern: str
    words: str
    wallets: tuple[str, ...] = Field(description="all that are in it, this one first")
    transfers: tuple[str, ...] = Field(description="ids of the transfers behind it, in the order of the story")
    first_time: datetime
    last_time: datetime
    value_usd: float | None = Field(None, description="US dollars at the time, of those that are known")
    figures: str = Field(description="JSON, with units in the names")
    base_rate: str | None = Field(None, description="how often it is found where nothing is wrong")


class MayExitIn(Computed):
    """By this look at a mixer the wallet's withdrawal may be the depositor's: a hypothesis, never a finding."""

    type = "MAY_EXIT_IN"
    ends = ((("Wallet",), ("Analysis",)),)
    depositor: str = Field(description="id of the wallet that paid in")
    pool: str
    transaction: str = Field(description="the withdrawal")
    time: datetime = Field(description="of the withdrawal, UTC")
    strength: Literal["likely", "possible", "weak"]
    heuristics: tuple[str, ...]
    rivals: int = Field(description="other depositors that are guessed for the same withdrawal")
    anonymity_set: int = Field(description="notes paid into the pool before it, each of which it can be")
    pool_looks_whole: bool = Field(description="no more notes came out of the pool than are loaded as paid in")
    share_right_measured: float | None = Field(None, description="lower bound, on a made-up mixer")
    false_positive_rate: float | None = Field(None, description="on a made-up mixer")
    days_after_first_deposit: float
