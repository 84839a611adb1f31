"""Authorities' statements and the researcher's list, each for what it says."""

from __future__ import annotations

import csv
import random
from itertools import combinations
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.run import ingest_file

OFFICIAL = "incident,theft_date,amount_usd_as_stated,attributed_to,authority,statement_date,url,note\n"
DOCUMENTED = "date,kind,incident,amount_usd\n"
GOOD = "Bybit,2025-02-21,1500000000,TraderTraitor,FBI,2025-02-26,https://www.ic3.gov/PSA/2025/PSA250226,\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_every_statement_names_whom_it_names(store: Store, shared: Path) -> None:
    path = shared / "dprk-incidents" / "official_attributions.csv"
    report = ingest_file(store, path)
    rows = rows_of(path)
    assert report.format == "official-attributions"
    assert (report.rows_in, report.loaded, report.issues) == (len(rows), len(rows), [])
    said = found(
        store,
        "MATCH (i:Incident)-[c:ATTRIBUTED_TO]->(g), (s:Source {id: c.source_id}) "
        "RETURN i.name, g.name, s.url, s.publisher",
    )
    named = [(row, name.strip()) for row in rows for name in row["attributed_to"].split(";")]
    written = {(row["incident"], name, row["url"], row["authority"]) for row, name in named}
    assert set(said) == written
    assert len(said) == len(named)


def test_groups_named_together_are_a_weak_claim_of_sameness(store: Store, shared: Path) -> None:
    path = shared / "dprk-incidents" / "official_attributions.csv"
    ingest_file(store, path)
    pairs = {
        (r["url"], *pair)
        for r in rows_of(path)
        for pair in combinations(sorted(name.strip() for name in r["attributed_to"].split(";")), 2)
    }
    said = found(
        store,
        "MATCH (a)-[c:SAME_AS {method: 'named-together'}]->(b), (s:Source {id: c.source_id}) "
        "WHERE c.confidence < 50 RETURN s.url, a.name, b.name",
    )
    assert {(url, *sorted(names)) for url, *names in said} == pairs


def test_a_joint_statement_keeps_its_authorities(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "dprk-incidents" / "official_attributions.csv")
    query = (
        "MATCH (s:Source)-[r:REPORTED]->(:Incident {id: $id}) WHERE r.stated_on IS NOT NULL "
        "RETURN s.publisher, s.kind, s.published.year"
    )
    assert found(store, query, id="dmm-bitcoin-2024") == [("FBI; DC3; NPA Japan", "authority", 2024)]


def test_one_statement_for_three_thefts_is_one_source(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "dprk-incidents" / "official_attributions.csv")
    query = "MATCH (:Source {id: 'fbi-2023-08-22'})-[r:REPORTED]->(i) RETURN i.name, r.amount_usd ORDER BY i.name"
    assert found(store, query) == [("Alphapo", 60e6), ("Atomic Wallet", 100e6), ("CoinsPaid", 37e6)]
    laundered = "MATCH (i:Incident)-[c:INVOLVES {role: 'laundering'}]->(s:Service) RETURN i.id, s.name"
    assert found(store, laundered) == [("harmony-horizon-bridge-2022", "Railgun")]


def test_the_researchers_list_names_no_group(store: Store, shared: Path) -> None:
    path = shared / "dprk-incidents" / "documented_incidents.csv"
    report = ingest_file(store, path)
    assert (report.format, report.rows_in, report.loaded, report.quarantined) == ("documented-incidents", 84, 84, 0)
    said = found(store, "MATCH (:Incident)-[c:ATTRIBUTED_TO]->(g) RETURN g.id, c.confidence, count(c)")
    assert said == [("tayvano:dprk-actors", 50, 84)]


def test_the_malformed_amount_is_left_out_and_kept_as_written(store: Store, shared: Path) -> None:
    report = ingest_file(store, shared / "dprk-incidents" / "documented_incidents.csv")
    (issue,) = report.issues
    assert (issue.action, issue.field, issue.value) == ("dropped", "amount_usd", "1,620,00")
    query = "MATCH ()-[r:REPORTED]->(:Incident {name: 'C8'}) RETURN r.amount_usd, r.amount_text, r.date.day"
    assert found(store, query) == [(None, "1,620,00", 16)]


def test_amounts_and_precisions_are_those_of_the_file(store: Store, shared: Path) -> None:
    path = shared / "dprk-incidents" / "documented_incidents.csv"
    ingest_file(store, path)
    good = [row for row in rows_of(path) if row["amount_usd"] and "," not in row["amount_usd"]]
    total, n = found(store, "MATCH ()-[r:REPORTED]->() RETURN sum(r.amount_usd), count(r.amount_usd)")[0]
    assert (total, n) == (sum(float(row["amount_usd"]) for row in good), len(good))
    years = sum(len(row["date"]) == 4 for row in rows_of(path))
    assert found(store, "MATCH ()-[r:REPORTED {date_precision: 'year'}]->() RETURN count(r)") == [(years,)]


def test_both_lists_speak_of_the_same_incidents_and_disagree(store: Store, shared: Path) -> None:
    for name in ("official_attributions", "documented_incidents"):
        ingest_file(store, shared / "dprk-incidents" / f"{name}.csv")
    rival = (
        "MATCH (s)-[r:REPORTED]->(:Incident {id: $id}) "
        "RETURN r.amount_usd, toString(date(r.date)) ORDER BY r.amount_usd"
    )
    # Which dates are the FBI's own the list does not say: they stand under a source of their own.
    ronin = [(620e6, None), (625e6, "2022-04-14"), (None, "2022-03-23")]
    assert found(store, rival, id="ronin-bridge-2022") == ronin
    atomic = [(100e6, None), (115e6, "2023-06-03"), (None, "2023-06-02")]
    assert found(store, rival, id="atomic-wallet-2023") == atomic
    shared_incidents = (
        "MATCH (i:Incident)<-[r:REPORTED]-() WHERE r.amount_usd IS NOT NULL "
        "WITH i, count(r) AS n WHERE n > 1 RETURN count(i)"
    )
    assert found(store, shared_incidents) == [(4,)]  # Ronin, Harmony, Atomic Wallet, Stake.com


@pytest.mark.parametrize("name", ["official_attributions", "documented_incidents"])
def test_twice_and_in_any_order_is_once(store: Store, shared: Path, tmp_path: Path, name: str) -> None:
    path = shared / "dprk-incidents" / f"{name}.csv"
    first = ingest_file(store, path)
    before = content_hash(store)
    header, *lines = path.read_text("utf-8").splitlines()
    random.Random(3).shuffle(lines)
    again = load(store, tmp_path, "\n".join([header, *lines]), f"{name}.csv")
    assert (again.loaded, again.duplicates) == (0, first.rows_in)
    assert content_hash(store) == before


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Bybit", "", "empty"),
        ("2025-02-21", "soon", "not a time"),
        ("2025-02-21", "1999-01-01", "any cryptocurrency"),
        ("TraderTraitor", "", "empty"),
        ("TraderTraitor", "!!!", "no letters"),
        ("FBI", "", "empty"),
        ("2025-02-26", "", "empty"),
        ("https://www.ic3.gov", "javascript:alert", "not the address"),
        ("https://www.ic3.gov", "https://evil.example\\@www.ic3.gov", "not the address"),
    ],
)
def test_bad_statements_are_quarantined(store: Store, tmp_path: Path, old: str, new: str, why: str) -> None:
    report = load(store, tmp_path, OFFICIAL + GOOD.replace(old, new, 1) + GOOD, as_format="official-attributions")
    assert (report.loaded, report.quarantined) == (1, 1)
    assert why in reasons(report, "quarantined")[0]


@pytest.mark.parametrize(
    ("url", "source", "kind", "groups"),
    [
        ("https://www.ic3.gov/PSA/x", "npa-japan-2025-02-26", "authority", "npa-japan:tradertraitor"),
        ("https://www.npa.go.jp/x", "npa-japan-2025-02-26", "authority", "npa-japan:tradertraitor"),
        ("https://fbi.gov.evil.example/x", "npa-japan-2025-02-26-via-fbi-gov-evil-example", "user",
         "fbi-gov-evil-example:tradertraitor"),
        ("https://www.fbi.gov@blog.example/x", "npa-japan-2025-02-26-via-blog-example", "user",
         "blog-example:tradertraitor"),
    ],
)  # fmt: skip
def test_another_authority_does_not_speak_for_the_fbi(
    store: Store, tmp_path: Path, url: str, source: str, kind: str, groups: str
) -> None:
    row = GOOD.replace(",FBI,", ",NPA Japan,").replace("https://www.ic3.gov/PSA/2025/PSA250226", url)
    report = load(store, tmp_path, OFFICIAL + row, as_format="official-attributions")
    assert found(store, "MATCH (s:Source {id: $id})-[:REPORTED]->() RETURN s.kind", id=source) == [(kind,)]
    assert found(store, "MATCH (g:ActorGroup) RETURN g.id, g.catalogue") == [(groups, groups.split(":")[0])]
    assert ("not the host of a government" in " ".join(reasons(report, "warned"))) == (kind == "user")


def test_the_fbi_quoted_on_somebodys_page_is_not_the_fbi(store: Store, tmp_path: Path) -> None:
    row = GOOD.replace("https://www.ic3.gov/PSA/2025/PSA250226", "https://blog.example/fbi")
    load(store, tmp_path, OFFICIAL + row, as_format="official-attributions")
    said = "MATCH (:Incident)-[c:ATTRIBUTED_TO]->(g) RETURN g.id, c.source_id, c.confidence"
    assert found(store, said) == [("blog-example:tradertraitor", "fbi-2025-02-26-via-blog-example", None)]
    assert found(store, "MATCH (s:Source {kind: 'authority'}) RETURN s.id") == []


@pytest.mark.parametrize("name", ["official_attributions", "documented_incidents"])
def test_a_list_with_one_more_row_is_somebodys_own(shared: Path, tmp_path: Path, name: str) -> None:
    """The published list is recognised under any name and in any order; anything else has to say `--as`."""
    text = (shared / "dprk-incidents" / f"{name}.csv").read_text("utf-8")
    fmt = formats().named(name.replace("_", "-"))
    assert fmt.detect(text, "x.csv") == fmt.detect(text.replace("\n", "\r\n"), "x.csv") == 95
    header, row, *_ = text.splitlines()
    for own in (f"{text}{row}, mine\n", f"{header}\n", ""):
        assert fmt.detect(own, f"{name}.csv") == 0


@pytest.mark.parametrize("amount", ["1e400", "-1", "2000000000000", "x"])
def test_a_bad_amount_is_left_out_and_the_statement_stands(store: Store, tmp_path: Path, amount: str) -> None:
    report = load(store, tmp_path, OFFICIAL + GOOD.replace("1500000000", amount), as_format="official-attributions")
    assert (report.loaded, [issue.action for issue in report.issues]) == (1, ["dropped"])
    assert found(
        store, "MATCH ()-[r:REPORTED]->() WHERE r.stated_on IS NOT NULL RETURN r.amount_usd, r.amount_text"
    ) == [(None, amount)]


def test_anybodys_list_with_that_header_is_not_the_researchers(store: Store, tmp_path: Path) -> None:
    """Nobody is accused of what a stranger's file with four common columns lists."""
    report = load(store, tmp_path, DOCUMENTED + "2024-01-01,key,Somebody's theft,5\n", "mine.csv", source="me")
    assert report.format == "incidents"
    assert found(store, "MATCH ()-[c:ATTRIBUTED_TO]->() RETURN c") == []


def test_an_unknown_kind_is_never_guessed(store: Store, tmp_path: Path) -> None:
    text = DOCUMENTED + "2024-01-01,insider,Somebody,5\n2024-01-02,key,Else,6\n"
    report = load(store, tmp_path, text, as_format="documented-incidents")
    assert (report.loaded, report.quarantined) == (1, 1)


@pytest.mark.parametrize("fmt", ["official-attributions", "documented-incidents"])
def test_empty_files_and_wrong_columns_are_refused(store: Store, tmp_path: Path, fmt: str) -> None:
    for content, why in (("", "empty"), ("a,b\n1,2\n", "is missing")):
        with pytest.raises(InputError, match=why):
            load(store, tmp_path, content, as_format=fmt)
