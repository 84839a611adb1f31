"""Sentences that say what was found and no more. A wallet without a hit is never called clean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workbench.analysis.exposure.labels import Label, Labels

_NAMES = 3
_LISTED = {
    "sanctioned": "listed as sanctioned", "seized": "listed as seized", "blocked": "listed as blocked",
    "published": "published", "tagged": "tagged",
}  # fmt: skip


def day(moment: datetime | None) -> str:
    """A date, as it is told."""
    return "" if moment is None else moment.strftime("%Y-%m-%d")


def own(label: Label, labels: Labels) -> str:
    """What one source says of the wallet itself."""
    sure = "" if label.confidence is None else f", confidence {label.confidence}"
    by = f" ({label.source}{sure})"
    if label.cluster:
        by = f", as a member of {label.cluster}{by}"
    if label.kind in _LISTED:
        word = "was " + _LISTED[label.kind] if _ended(label, labels) else _LISTED[label.kind]
        whose = "" if label.source == label.category else f" in the word of {label.source}"
        return f"{word} by {label.name} [{label.category}]{whose}{_since(label, labels)}"
    if label.kind == "actor":
        return f"attributed to {label.name} [{label.category}]{by}{_since(label, labels)}"
    if label.kind in ("service", "mixer"):
        role = f"{label.role} wallet" if label.role else "wallet"
        return f"said to be a {role} of {label.name} ({label.category}){by}"
    if label.kind == "victim":
        return f"named as a victim of {label.name} [{label.category}]{by}: a victim's wallet is never the thief's"
    text = f"named in {label.name} [{label.category}] in the role {label.role}{by}"
    if label.kind == "incident":
        who = labels.incidents.get(label.category)
        said = f"is attributed to {', to '.join(who)}" if who else "is attributed by no source that is loaded"
        text += f"; that incident {said}"
    return text


def _ended(label: Label, labels: Labels) -> bool:
    return label.until is not None and label.until <= labels.as_of


def _since(label: Label, labels: Labels) -> str:
    if label.since and label.until:
        return f" from {day(label.since)} to {day(label.until)}"
    if label.until:
        return f" until {day(label.until)}"
    if label.since:
        return f" since {day(label.since)}"
    return f" (no date given; known here since {day(label.recorded_at)})" if label.kind in _LISTED else ""


KIND_WORDS = {
    "sanctioned": "a wallet listed as sanctioned by", "seized": "a wallet listed as seized by",
    "blocked": "a wallet listed as blocked by", "published": "a wallet published by",
    "actor": "a wallet attributed to", "incident": "a thief's or launderer's wallet of",
    "mixer": "a mixer's wallet:", "service": "a service's wallet:",
}  # fmt: skip


def exposed(row: Mapping[str, Any]) -> str:
    """One exposure in words."""
    if row["kind"] in ("mixer", "service"):
        names = row["called"][:_NAMES] + ["others"] * (len(row["called"]) > _NAMES)
        what = f"{KIND_WORDS[row['kind']]} {row['category']}" + (f" ({', '.join(names)})" if names else "")
    else:
        what = f"{KIND_WORDS[row['kind']]} {row['name']} [{row['category']}]"
    share = ""
    if row["flow_share"]:
        side = "received" if row["direction"] == "received from" else "sent"
        share = f"; {percent(row['flow_share'])} of what it {side}, as a flow share without time order"
        share += " (what it had sent itself and got back included)" if row["member_itself"] else ""
    if row["hops"] == 1:
        money = "" if row["value_usd"] is None else f", {row['value_usd']:,.2f} US dollars at the time"
        count = row["transfers"]
        if row["transfers_without_usd"] and money:
            money += f" (without {row['transfers_without_usd']} of unknown dollar value)"
        return f"{row['direction']} {what} directly: {count:,} transfer{'s' * (count != 1)}{money}{share}"
    return f"{row['direction']} {what} at {row['hops']} hops{share}"


def uncounted(row: Mapping[str, Any]) -> str:
    """What went directly between a wallet and a labelled one and makes it exposed to nobody."""
    what = f"{KIND_WORDS[row['kind']]} {row['name']} [{row['category']}]"
    count = row["transfers"]
    money = "" if row["value_usd"] is None else f", {row['value_usd']:,.2f} US dollars at the time"
    return (
        f"{row['direction']} {what} {count:,} transfer{'s' * (count != 1)} of {row['amount_base_units']:,} base units "
        f"of {row['asset']}{money}, not counted as exposure: {row['reason']}"
    )


def percent(share: float) -> str:
    """A share, never rounded to nothing or to everything."""
    if share < 0.001:
        return "under 0.1 %"
    return f"{share:.1%}" if share < 0.9995 or share == 1.0 else "over 99.9 %"


def no_hit(in_ledger: bool, as_of: datetime, hops: int) -> str:
    """What is said where nothing was found."""
    if in_ledger:
        where = f"and no path of up to {hops} transfers to a labelled wallet but through services"
    else:
        where = "and no loaded transfer that counts touches it"
    return f"no hit in what is loaded as of {day(as_of)}, {where}; that is no finding that it has none"
