"""What TagPacks and ActorPacks share: the concepts taxonomy, who an `actor` is, and pages tags come from.

The taxonomy is GraphSense's `concepts.yaml` 0.1.0 (derived from the INTERPOL Dark Web and Virtual Assets
taxonomy). An actor may be an exchange or a thief, and to confuse them would accuse the victim. So:

- a **service** concept (exchange, mixing_service, …) makes the actor a Service;
- a **deed** (hacking, ransomware, …) without any service concept makes it an ActorGroup;
- `sanction` decides nothing against a service concept: a sanctioned mixer is still a mixer;
- a service concept together with a deed is not decided here: `service_hack` on a tag of an exchange may
  mean its thief or its loss, and a `victim` is never the thief. The tag keeps its label, nobody is accused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Row
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.yaml_text import parse_yaml
from workbench.model.nodes import ActorGroup, Merge, Source, SourceKind, SourceMention, slug
from workbench.model.times import parse_time

SERVICE_CONCEPTS = frozenset((
    "exchange", "wallet_service", "escrow_wallet", "ico_wallet", "filesharing", "index", "market", "messaging_service",
    "mixing_service", "coinjoin", "mining_service", "miner", "gambling", "search_engine", "shop", "faucet",
    "payment_processor", "atm", "hosting", "vpn", "nameservice", "defi", "defi_token", "defi_lending", "defi_dex",
    "defi_dex_pair", "defi_derivative", "defi_bridge", "defi_dao", "defi_staking", "defi_custody", "collectible",
    "service", "organization",
))  # fmt: skip
"""Concepts whose actor moves or keeps value for others, or is some other institution with wallets of its own."""

DEEDS = frozenset((
    "abuse", "sexual_abuse", "child_sexual_abuse", "violence", "human_trafficking", "murder", "torture", "scam",
    "financial_crime", "investment_fraud", "ponzi_scheme", "pyramid_scheme", "money_laundering", "extortion",
    "sextortion", "phishing", "hacking", "service_hack", "account_hack", "exploit", "data_breach",
    "social_engineering", "malware", "payment_card_fraud", "ransomware", "counterfeit", "extremism", "terrorism",
    "terrorism_financing", "perpetrator",
))  # fmt: skip
"""Concepts that say somebody did something to others."""

LISTINGS = frozenset(("sanction", "black_list", "gov_black_list", "white_list", "gov_white_list"))
OTHER_CONCEPTS = frozenset((
    "unknown", "behaviour", "source", "mention", "website_mention", "forum_mention", "gray_usage", "mixing",
    "white_usage", "dark_web", "entity", "user", "victim", "donation", "cold_wallet", "hot_wallet", "warm_wallet",
    "item", "deployer", "funder", "drugs", "weapons", "concept", "deposit_wallet",
))  # fmt: skip
CONCEPTS = SERVICE_CONCEPTS | DEEDS | LISTINGS | OTHER_CONCEPTS

WALLET_ROLES = ("deposit_wallet", "hot_wallet", "warm_wallet", "cold_wallet", "escrow_wallet", "ico_wallet")

_TELLING = (
    "mixing_service", "coinjoin", "exchange", "defi_bridge", "defi_dex", "defi_lending", "defi_derivative",
    "defi_staking", "defi_custody", "defi_dao", "defi_token", "defi", "payment_processor", "gambling", "market",
    "wallet_service", "mining_service", "miner",
)  # fmt: skip
_VAGUE = ("service", "organization")

Kind = Literal["service", "group", "undecided"]


class GroupMention(ActorGroup):
    """A group of which a tag gives only the actor id; the ActorPack that describes it wins in any order."""

    merge: ClassVar[Merge] = "intrinsic"


def kind_of_actor(concepts: Collection[str]) -> Kind:
    """What somebody with these concepts is; see the module's docstring."""
    if "victim" in concepts:
        return "undecided"
    service = not SERVICE_CONCEPTS.isdisjoint(concepts)
    deed = not DEEDS.isdisjoint(concepts)
    if service:
        return "undecided" if deed else "service"
    return "group" if deed or "sanction" in concepts else "undecided"


def service_concept(concepts: Collection[str]) -> str | None:
    """The one concept a Service node shows: the most telling of several; None when none is of a service.

    None also for both `exchange` (by the taxonomy: a centralised one) and `defi_dex`. The ActorPack says both of
    Binance and of Uniswap; the tags on their wallets say which, and money that reaches them differs in what it means.
    """
    if "exchange" in concepts and "defi_dex" in concepts:
        return None
    ordered = (*_TELLING, *sorted(SERVICE_CONCEPTS.difference(_TELLING, _VAGUE)), *_VAGUE)
    return next((concept for concept in ordered if concept in concepts), None)


def unknown_concepts(concepts: Collection[str]) -> list[str]:
    """Those of `concepts` that the taxonomy does not have."""
    return sorted(set(concepts) - CONCEPTS)


@dataclass(frozen=True)
class Pack:
    """A pack that was opened, with its source declared."""

    header: dict[str, Any]
    """Every field at the top level, and those under `header:`."""
    source_id: str
    modified: datetime | None
    rows: list[Row] = field(repr=False)


def open_pack(fmt: Format, items: str, file: SourceFile, context: Context, known: Collection[str]) -> Pack:
    """Read a pack of `items` (tags or actors), and settle whose word it is and which edition of which data set.

    Raises InputError where it is no such pack, or its title or creator make no sense. `known` are the fields that a
    header may have; others are told.
    """
    document = parse_yaml(file.whole(), file.name)
    pack = document.value
    if not isinstance(pack, dict) or not isinstance(pack.get(items), list):
        raise InputError(f"not a pack of {items}: no list of `{items}` at the top level", where=file.name)
    nested = pack.get("header")
    header = {**(nested if isinstance(nested, dict) else {}), **pack}
    item = items.removesuffix("s")
    context.where = "header"
    for line, key in document.repeated:
        context.warn(f"the key {key} is repeated on line {line}; an item that has it so is quarantined", field=key)
    for unknown in sorted(header.keys() - known):
        context.warn("no such field in the header of a pack; left out", field=unknown, value=header[unknown])
    try:
        fields = Fields(header, "header")
        title, creator, url = fields.text("title", most=500), fields.text("creator", most=500), fields.text("source")
    except RecordError as error:
        raise InputError(f"the header makes no sense: {error.what}", where=file.name) from error
    for missing in (name for name, value in (("title", title), ("creator", creator)) if value is None):
        context.warn("a pack has a title and a creator", field=missing)
    if str(header.get("is_public")).lower() in ("false", "no", "0"):
        context.warn("its author says that it is not public; how it is marked here is --tlp's", field="is_public")
    modified = _modified(header.get("lastmod"), context)
    name = pack_name(file.name, title)
    fmt.dataset, fmt.describes = pack_id(f"{item}pack", name, creator, title), describes(creator, name)
    fmt.edition = modified.date().isoformat() if modified else None
    source = context.main_source or context.source(Source(
        id=context.source_name or fmt.dataset, title=title or name, publisher=creator or "not stated",
        kind="catalogue", url=url, published=modified,
    ))  # fmt: skip
    rows = [
        Row(f"{item} {number}" + (f", line {at}" if (at := document.line(raw)) else ""), raw)
        for number, raw in enumerate(pack[items], 1)
    ]
    return Pack(header, source, modified, rows)


def _modified(written: Any, context: Context) -> datetime | None:
    if written is None:
        return None
    try:
        return parse_time(written, field="lastmod")
    except RecordError as error:
        context.warn(error.what, field="lastmod", value=written)
        return None


def pack_name(file_name: str, title: str | None) -> str:
    """What tells one pack from another across its editions: the file's name, or its title when read from stdin.

    Titles are not unique (several packs are called "OFAC Tagpack"), and a wrong guess would let one pack
    retract another's claims; a renamed file is merely a new pack.
    """
    stem = file_name
    for ending in (".xz", ".gz", ".yaml", ".yml", ".actorpack"):
        stem = stem.removesuffix(ending)
    return slug(title if file_name == "stdin" and title else stem)


def pack_id(kind: str, name: str, creator: str | None, title: str | None) -> str:
    """The id of a pack, as a source and as a data set: its name, and six hexadecimal digits of who made it and what
    it is called. Another author's `lazarus.yaml` is another pack, never a new edition of GraphSense's.
    """
    told_apart = hashlib.sha256(f"{creator or ''}\0{title or ''}".encode()).hexdigest()[:6]
    return f"graphsense-{kind}-{name}-{told_apart}"


def service_id(actor: str) -> str:
    """The id of a GraphSense actor that is a service: `internet_archive` → internet-archive."""
    return slug(actor)


def group_id(actor: str) -> str:
    """The id of a GraphSense actor that is a group: `graphsense:lazarusgroup`."""
    return f"graphsense:{actor.strip().lower()}"


_ACADEMIC = ("arxiv.org", "ifca.ai", "zenodo.org", "doi.org", "acm.org", "ieee.org", "usenix.org", "springer.com")
_AUTHORITY = re.compile(r"(?:\A|\.)(?:gov|mil|gov\.[a-z]{2}|police\.[a-z]{2}|go\.(?:jp|kr))\Z")
_AUTHORITIES = ("interpol.int", "europa.eu", "un.org", "bka.de", "gc.ca")
"""Where governments publish: registries give .gov and .mil, gov.xx, police.xx, go.jp and go.kr to nobody else;
and a few authorities by name. Short on purpose: who is not in it is not called an authority."""
_SANCTIONS = ("treasury.gov",)


def web_source(url: str, cut_at: str | None = None) -> SourceMention | None:
    """The publication at a URL, so that two packs that copy one page are seen to; None if it is no web address.

    Where the URL is a page about the tagged address itself (`cut_at`), the publication is what stands before
    it: WalletExplorer is one source, not one for every address it has a page about.
    """
    if cut_at and cut_at in url:
        url = url.split(cut_at)[0]
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "." not in host or len(url) > 2_000:
        return None
    bare = f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
    name = slug(bare)
    if len(name) > 100:
        name = f"{name[:90]}-{hashlib.sha256(bare.encode()).hexdigest()[:9]}"
    return SourceMention(id=f"web-{name}", title=bare[:500], publisher=host, kind=_kind_of_host(host), url=url)


def describes(creator: str | None, name: str) -> str:
    """The key under which a pack describes nodes: all packs of one creator speak of the same actors, so that a
    service in two of them is described alike in any order of loading; another creator's packs change none of it.
    Capitals do not count: "Graphsense Core Team" signs the ActorPack, "GraphSense Core Team" the TagPacks.
    """
    return f"graphsense-pack:{creator.casefold()}" if creator else f"graphsense-pack-of-nobody:{name}"


def host_of(url: str) -> str:
    """The host a URL leads to, in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_government(host: str) -> bool:
    """Whether a host is one that only a government or an intergovernmental authority can have."""
    return _AUTHORITY.search(host) is not None or _within(host, _AUTHORITIES)


def is_sanctions_authority(url: str) -> bool:
    """Whether a URL is a page of an authority that keeps a sanctions list."""
    return _within(host_of(url), _SANCTIONS)


def _kind_of_host(host: str) -> SourceKind:
    """Decided from the host alone, the same in every pack; a site nobody vouches for counts as media."""
    if is_government(host):
        return "authority"
    return "academic" if host.endswith(".edu") or _within(host, _ACADEMIC) else "media"


def _within(host: str, domains: Collection[str]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)
