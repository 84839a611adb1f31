"""Infrastructure that many people use: addresses inside listed networks, hosts below listed domains.

Lists of VPN exits, clouds and the like (`LISTED_BY` with listing *shared*) name networks and domains; what lies inside
them is flagged by a claim of its own, with the network as its reason. Flagged infrastructure is evidence of nobody by
itself: thousands of strangers send from the same exit.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from workbench.analysis.computed import replace_claims
from workbench.graph.store import Store
from workbench.model.claims import ListedBy
from workbench.model.nodes import Ref, Source

if TYPE_CHECKING:
    import pandas as pd

FLAGS = Source(
    id="shared-infrastructure-flags", title="Infrastructure inside listed shared networks, computed",
    publisher="attribution-workbench", kind="researcher",
)  # fmt: skip
METHOD = "inside-shared-infrastructure/1"
_EXACT_ONLY = re.compile(r"tlds|public-suffix|top-?\d|tranco|alexa|umbrella|majestic")
"""Lists of suffixes and of popular sites: what lies *below* such a name is not shared for that (`evil.co.uk`)."""
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Networks:
    """Listed networks, to be asked which of them an address lies in."""

    def __init__(self, networks: dict[str, str]) -> None:
        """`networks`: network in CIDR notation → who lists it."""
        by_length: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
        for text in networks:
            network = ipaddress.ip_network(text)
            by_length[network.version, network.prefixlen][int(network.network_address)] = text
        self._by_length = sorted(by_length.items(), key=lambda item: (item[0][0], -item[0][1]))

    def containing(self, address: _Address) -> str | None:
        """The smallest listed network an address lies in, or None."""
        number, bits = int(address), address.max_prefixlen
        for (version, length), starts in self._by_length:
            if version == address.version and (found := starts.get(number >> (bits - length) << (bits - length))):
                return found
        return None


def parent_domain(host: str, listed: set[str]) -> str | None:
    """The listed domain that `host` is or lies below, or None."""
    labels = host.lower().rstrip(".").split(".")
    return next((name for i in range(len(labels) - 1) if (name := ".".join(labels[i:])) in listed), None)


def flag_shared(store: Store) -> pd.DataFrame:
    """Record which addresses and hosts lie inside listed shared networks and domains.

    Returns one row each: infrastructure, inside, source. A second run changes nothing.
    """
    import pandas as pd

    listed: dict[str, dict[str, str]] = {"IPNetwork": {}, "DomainName": {}}
    for kind, value, source in store.read(
        "MATCH (n:Infrastructure)-[c:LISTED_BY {listing: 'shared'}]->(s:Source) WHERE c.retracted_at IS NULL "
        "AND n.type IN ['IPNetwork', 'DomainName'] AND c.method <> $method "
        "RETURN n.type, n.value, s.id ORDER BY s.id DESC",
        {"method": METHOD},
    ).rows:
        if kind == "IPNetwork" or not _EXACT_ONLY.search(source):
            listed[kind][value] = source
    networks, domains = Networks(listed["IPNetwork"]), set(listed["DomainName"])
    rows: list[tuple[str, str, str]] = []
    for id_, kind, value in store.read(
        "MATCH (n:Infrastructure) WHERE n.type IN ['IPAddress', 'DomainName'] "
        "RETURN n.id, n.type, n.value ORDER BY n.id"
    ).rows:
        if kind == "IPAddress":
            inside = networks.containing(ipaddress.ip_address(value))
            source = listed["IPNetwork"].get(inside or "")
        else:
            inside = parent_domain(value, domains - {value})
            source = listed["DomainName"].get(inside or "")
        if inside and source:
            rows.append((id_, inside, source))
    claims = [
        ListedBy(
            subject=Ref("Infrastructure", id_), object=FLAGS.ref, source_id=FLAGS.id, listing="shared",
            label=f"inside {inside}, which {source} lists", method=METHOD, tier="structural",
        )
        for id_, inside, source in rows
    ]  # fmt: skip
    replace_claims(store, "LISTED_BY", claims, FLAGS, METHOD)
    return pd.DataFrame(rows, columns=["infrastructure", "inside", "source"])
