"""What MISP's attribute types are in the graph, and the nodes of one attribute's value.

Types: https://www.circl.lu/doc/misp/categories-and-types/
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.intelligence.indicators import HASH_DIGITS, Indicator, read_hash, read_indicator
from workbench.ingest.intelligence.mentions import (
    ATTACK_ID,
    ActorMention,
    CampaignMention,
    MalwareMention,
    attack_mention,
)
from workbench.ingest.intelligence.mentions import TechniqueMention as Technique
from workbench.model.confidence import TLP_ORDER, Tlp, parse_tlp
from workbench.model.nodes import Infrastructure, Node, slug

_IP = ("IPAddress", "IPNetwork")
_DOMAIN = ("DomainName",)
_MAIL = ("EmailAddress",)
VALUES: dict[str, tuple[str, ...]] = {
    "domain": _DOMAIN, "hostname": _DOMAIN, "ip-src": _IP, "ip-dst": _IP, "url": ("Url",), "uri": ("Url",),
    "email": _MAIL, "email-src": _MAIL, "email-dst": _MAIL, "email-reply-to": _MAIL, "whois-registrant-email": _MAIL,
    "dns-soa-email": _MAIL, "eppn": _MAIL, "AS": ("AutonomousSystem",), "btc": ("Wallet",), "xmr": ("Wallet",),
    "dash": ("Wallet",), **dict.fromkeys(HASH_DIGITS, ("FileHash",)),
}  # fmt: skip
"""Types whose value is one indicator."""
PAIRS = {
    "domain|ip": ("domain", "ip-dst"), "ip-src|port": ("ip-src", None), "ip-dst|port": ("ip-dst", None),
    "hostname|port": ("hostname", None), "malware-sample": (None, "md5"),
    **{f"filename|{name}": (None, name) for name in HASH_DIGITS},
}  # fmt: skip
"""Types whose value is two things with a bar between them; None is a port or a file's name."""
ACCOUNTS = frozenset((
    "github-username", "github-organisation", "twitter-id", "jabber-id", "telegram-id", "target-user", "phone-number",
))  # fmt: skip
_TARGETS = frozenset(("email-dst", "target-user"))
"""Types that by their definition are of those who were attacked."""
TEXTS = frozenset((
    "text", "comment", "other", "filename", "port", "datetime", "size-in-bytes", "float", "integer", "counter",
    "boolean", "hex", "pattern-in-file", "pattern-in-traffic", "pattern-in-memory", "pattern-filename", "pdb",
    "mutex", "named pipe", "regkey", "regkey|value", "user-agent", "http-method", "cookie", "yara", "sigma", "snort",
    "zeek", "bro", "stix2-pattern", "vulnerability", "cpe", "weakness", "campaign-name", "campaign-id",
    "malware-type", "attachment", "email-subject", "email-body", "email-attachment", "email-header",
    "email-src-display-name", "email-dst-display-name", "email-message-id", "email-mime-boundary", "email-thread-index",
    "email-x-mailer", "whois-registrant-name", "whois-registrant-org", "whois-registrant-phone", "whois-registrar",
    "whois-creation-date", "imphash", "impfuzzy", "ssdeep", "tlsh", "pehash", "authentihash", "sha224", "sha384",
    "sha512/224", "sha512/256", "sha3-224", "sha3-256", "sha3-384", "sha3-512", "cdhash", "telfhash", "vhash",
    "git-commit-id", "filename|imphash", "filename|ssdeep", "filename|tlsh", "filename|pehash",
    "filename|authentihash", "filename|sha224", "filename|sha384", "filename|impfuzzy", "filename|vhash",
    "filename-pattern", "x509-fingerprint-sha1", "x509-fingerprint-md5", "x509-fingerprint-sha256",
    "ja3-fingerprint-md5", "jarm-fingerprint", "favicon-mmh3", "hassh-md5", "hasshserver-md5", "mac-address",
    "mac-eui-64", "iban", "bic", "bank-account-nr", "aba-rtn", "bin", "cc-number", "prtn", "gene", "mime-type",
    "windows-scheduled-task", "windows-service-name", "windows-service-displayname", "mobile-application-id",
    "chrome-extension-id", "community-id", "identity-card-number", "process-state", "pgp-public-key",
    "pgp-private-key", "ssh-fingerprint", "github-repository", "kusto-query", "onion-address", "dkim",
    "dkim-signature", "dom-hash", "target-org", "target-machine", "target-location", "target-external", "target-email",
    "anonymised", "first-name", "middle-name", "last-name", "full-name", "nationality", "gender", "date-of-birth",
    "place-of-birth", "passport-number", "passport-country", "passport-expiration", "payment-details",
    "place-port-of-original-embarkation", "issue-date-of-the-visa", "visa-number", "redress-number",
    "primary-residence", "country-of-residence", "special-service-request", "frequent-flyer-number", "travel-details",
    "passenger-name-record-locator-number", "sigmf",
))  # fmt: skip
"""Types that are no indicator the graph has a node for: what they say is kept as a note on the event."""
_GALAXIES: dict[str, str] = {
    **dict.fromkeys((
        "threat-actor", "microsoft-activity-group", "mitre-intrusion-set", "360net-threat-actor",
        "sigma-intrusion-set", "mitre-enterprise-attack-intrusion-set", "mitre-mobile-attack-intrusion-set",
    ), "ActorGroup"),
    **dict.fromkeys((
        "malpedia", "mitre-malware", "mitre-tool", "tool", "rat", "ransomware", "backdoor", "stealer", "banker",
        "botnet", "cryptominers", "android", "exploit-kit", "mitre-enterprise-attack-malware", "tds",
        "mitre-enterprise-attack-tool", "mitre-mobile-attack-malware", "mitre-mobile-attack-tool",
    ), "Malware"),
    **dict.fromkeys((
        "mitre-attack-pattern", "mitre-enterprise-attack-attack-pattern", "mitre-ics-techniques",
        "mitre-mobile-attack-attack-pattern", "mitre-pre-attack-attack-pattern",
    ), "Technique"),
    **dict.fromkeys(("mitre-campaign", "campaigns"), "Campaign"),
}  # fmt: skip
_MENTIONS: dict[str, type[ActorMention | MalwareMention | Technique | CampaignMention]] = {
    "ActorGroup": ActorMention, "Malware": MalwareMention, "Technique": Technique, "Campaign": CampaignMention,
}  # fmt: skip
_TAG = re.compile(r'misp-galaxy:([a-z0-9-]+)="(.+)"\Z', re.S)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_TRAILING_ID = re.compile(r" - ([GSC][0-9]{4}|T[0-9]{4}(?:\.[0-9]{3})?)\Z")


def galaxy_kind(galaxy: str) -> str | None:
    """The label of what a galaxy's clusters are in the graph, or None for countries, sectors and the like."""
    return _GALAXIES.get(galaxy)


def cluster_node(galaxy: str, value: str, uuid: Any) -> Node | None:
    """The node of a galaxy's cluster that somebody refers to; None for galaxies without a kind of node.

    With its UUID it is the galaxy's own entry; without, ATT&CK's where its name ends in an ATT&CK id, and else only
    a name that an event uses.
    """
    label = galaxy_kind(galaxy)
    if label is None:
        return None
    if isinstance(uuid, str) and _UUID.match(uuid):
        return _MENTIONS[label](id=f"misp:{uuid.lower()}", name=value[:500], catalogue="misp")
    if match := _TRAILING_ID.search(value):
        return attack_mention(match[1]) if ATTACK_ID.match(match[1]) else None
    return _MENTIONS[label](id=f"misp:{galaxy}:{slug(value)}", name=value[:500], catalogue="misp")


def tag_cluster(tag: str) -> tuple[str, str] | None:
    """Galaxy and value of a tag `misp-galaxy:threat-actor="Lazarus Group"`."""
    match = _TAG.match(tag)
    return (match[1], match[2]) if match else None


def tags(item: Mapping[str, Any]) -> list[str]:
    """The names of the tags on an event or attribute."""
    found = item.get("Tag")
    names = (one.get("name") for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
    return [name for name in names if isinstance(name, str)]


def tlp_of(names: list[str], context: Context, at_least: Tlp) -> Tlp:
    """The strictest TLP among tags and what the user said; an unknown one is told."""
    found = [at_least]
    for name in names:
        if name.lower().startswith("tlp:"):
            try:
                found.append(parse_tlp(name))
            except RecordError as error:
                context.warn(error.what, field="Tag", value=name)
    return max(found, key=TLP_ORDER.index)


def attribute_nodes(kind: str, value: Any, context: Context) -> tuple[list[Indicator], str | None]:
    """The indicators in an attribute's value, and a file's name that stands with a hash; raises RecordError."""
    if kind in ACCOUNTS:
        return [read_indicator(f"{kind}:{value}", context, types=("UserAccount",))], None
    if kind in PAIRS:
        parts = str(value).split("|")
        if len(parts) != 2:
            raise RecordError(f"not two values with a bar between them, as in a {kind}", field="value", value=value)
        first, second = PAIRS[kind]
        found = [
            _single(name, part, context) for name, part in zip((first, second), parts, strict=True) if name is not None
        ]
        return found, parts[0] if first is None else None
    return [_single(kind, value, context)], None


def not_the_attackers(name: str, item: Mapping[str, Any], node: Indicator) -> str | None:
    """Why an attribute, in an object of that name, cannot be the attacker's, whatever its `to_ids`; else None."""
    if name == "victim":
        return "it is of an object that describes a victim"
    if item.get("category") == "Targeting data" or item.get("type") in _TARGETS:
        return "it is of whom was targeted"
    if isinstance(node, Infrastructure) and node.type in _IP and not ipaddress.ip_network(node.value).is_global:
        return "it is a private or reserved address"
    return None


def _single(kind: str, value: Any, context: Context) -> Indicator:
    if kind in HASH_DIGITS:
        return read_hash(kind, value, context, "value")
    if kind == "AS" and str(value).isdigit():
        value = f"AS{value}"
    asset = kind if kind in ("btc", "xmr", "dash") else None
    return read_indicator(value, context, types=VALUES[kind], asset=asset)
