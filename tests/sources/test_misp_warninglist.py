"""MISP warninglists: the real ones, and small ones made from the published schema."""

from __future__ import annotations

import ipaddress
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import ingest_file

SMALL = ["bank-website", "captive-portals", "cloudflare", "cloudflare-top200", "empty-hashes", "googlebot", "rfc1918",
         "microsoft-attack-simulator", "microsoft-office365-ip", "rfc5735", "security-provider-blogpost",
         "url-shortener", "wikimedia"]  # fmt: skip
SHARED = "MATCH (i:Infrastructure)-[l:LISTED_BY {listing: 'shared'}]->(s) "


def warninglist(*entries: Any, **more: Any) -> str:
    base = {"name": "Our list", "description": "What we share", "version": 3, "type": "string", "list": list(entries)}
    return json.dumps({**base, "matching_attributes": ["domain", "ip-src"], **more})


@pytest.mark.parametrize("name", SMALL)
def test_real_lists_are_loaded_whole(store: Store, shared: Path, name: str) -> None:
    """What is no address for Python's ipaddress, no hash and no name of two labels or more is quarantined."""
    path = shared / "misp" / "warninglists" / f"{name}.json"
    entries = json.loads(path.read_text("utf-8"))["list"]
    bad = sum(not _plausible(entry, name) for entry in entries)
    report = ingest_file(store, path)
    assert (report.format, report.rows_in, report.quarantined) == ("misp-warninglist", len(entries), bad)
    assert found(store, SHARED + "RETURN count(DISTINCT i)") == [(len(entries) - bad - report.duplicates,)]
    before = content_hash(store)
    again = ingest_file(store, path)
    assert (again.loaded, again.retracted, again.duplicates) == (0, 0, len(entries) - bad)
    assert content_hash(store) == before


def _plausible(entry: str, name: str) -> bool:
    if name == "empty-hashes":
        return re.fullmatch("[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}", entry) is not None
    try:
        return bool(ipaddress.ip_network(entry))
    except ValueError:
        return re.fullmatch(r"\.?([\w-]+\.)+[\w-]{2,}", entry) is not None


def test_a_list_of_ten_thousand_is_quick(store: Store, shared: Path) -> None:
    started = time.monotonic()
    report = ingest_file(store, shared / "misp" / "warninglists" / "cloudflare-top10k.json")
    assert (report.rows_in, report.loaded, report.quarantined) == (10_001, 10_000, 1)
    assert time.monotonic() - started < 30


def test_networks_keep_their_kind(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, warninglist("192.0.2.0/24", "192.0.2.7", "2001:db8::/32", type="cidr"), "a.json")
    assert found(store, "MATCH (i:Infrastructure) RETURN i.id ORDER BY i.id") == [
        ("IPAddress:192.0.2.7",), ("IPNetwork:192.0.2.0/24",), ("IPNetwork:2001:db8::/32",)
    ]  # fmt: skip


def test_it_is_shared_and_nothing_else(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, warninglist(".a.example", "B.example", type="hostname"), "a.json")
    said = found(store, "MATCH (i)-[l:LISTED_BY]->(s) RETURN i.value, l.listing, l.label, s.id ORDER BY i.value")
    assert said == [
        ("a.example", "shared", "What we share", "misp-warninglist-our-list"),
        ("b.example", "shared", "What we share", "misp-warninglist-our-list"),
    ]
    assert {"written as b.example", "1 names begin with a dot, for their subdomains; kept without it"} <= set(
        reasons(report)
    )


def test_a_later_version_retracts_and_an_older_one_does_not(store: Store, tmp_path: Path) -> None:
    """Version 9 comes before version 20240101, though not as text."""
    names = [f"a{n}.example" for n in range(6)]
    load(store, tmp_path, warninglist(*names, version=9), "a.json")
    assert load(store, tmp_path, warninglist(*names[1:], version=20240101), "a.json").retracted == 1
    older = load(store, tmp_path, warninglist(*names[:3], version=8), "a.json")
    assert older.retracted == 0
    assert any("older than" in reason for reason in reasons(older))


@pytest.mark.parametrize(
    ("entry", "more", "reason"),
    [
        (r"^a.*\.example$", {"type": "regex"}, "regular expression"), ("a.example", {"type": "novel"}, "no type of"),
        (7, {}, "not a text"),
        ("com", {}, "not a domain"), ("*.ck", {}, "not a domain"), ("", {}, "empty"),
        ("3::", {"matching_attributes": ["md5", "filename|ssdeep"]}, "no hash"),
        ("10.0.0.1/8", {"type": "cidr"}, "not a"),
    ],
)  # fmt: skip
def test_what_names_no_single_thing_is_quarantined(
    store: Store, tmp_path: Path, entry: Any, more: dict[str, Any], reason: str
) -> None:
    report = load(store, tmp_path, warninglist(entry, **more), "a.json", as_format="misp-warninglist")
    assert (report.loaded, report.quarantined) == (0, 1)
    assert reason in reasons(report, "quarantined")[0]


def test_unknown_fields_and_missing_ones_are_told(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, warninglist("a.example", type=None, version="new", extra=1), "a.json")
    assert report.loaded == 1
    assert {"no such field in a warninglist", "the version is no number"} <= set(reasons(report))


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x", "description": "", "list": 3}', warninglist(),
                                  '{"list": [""]',
                                  warninglist("a.example", name="")])  # fmt: skip
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load(store, tmp_path, text, "a.json", as_format="misp-warninglist")


def test_hostile_entries_cost_themselves(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, warninglist(*HOSTILE, "half \ud800", "a.example", description=HOSTILE[0]), "a.json")
    assert (report.loaded, report.quarantined) == (1, len(HOSTILE) + 1)
