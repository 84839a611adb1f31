"""Reports: a spec that is checked, a page in which every figure leads to its evidence, and no door for data."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from tests import sample_case
from tests.map_cases import HOSTILE
from tests.sample_case import HERON, KESTREL, MOSAIC, QUARRY
from workbench.errors import InputError, ParameterError, UnknownNameError, UsageError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import AttributedTo, Reported
from workbench.model.nodes import Incident, Ref, Source
from workbench.queries import QueryLibrary
from workbench.report import Block, build_report, find_spec, read_spec
from workbench.report.cells import shown, web_address
from workbench.report.markup import Figure, figures, render
from workbench.shipped import shipped_folder

LIBRARY = QueryLibrary([shipped_folder("queries")])

SPEC = """
title = "About {{ param.incident }}"
[params.incident]
type = "id"
[[sections]]
kind = "text"
heading = "Short"
text = "{{ reports }} reports; the first says {{ reports.amount_usd }} and the third {{reports.amount_usd[3] | usd}}."
[[sections]]
kind = "query"
id = "reports"
heading = "Reports"
query = "incidents/reports"
params = { incident = "$incident" }
columns = ["publisher", "amount_usd", "date", "source"]
caption = "By each source"
[[sections]]
kind = "accounting"
[[sections]]
kind = "limits"
heading = "Limits"
"""


class Page(HTMLParser):
    """Ids, links and elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))


@pytest.fixture
def loaded(store: Store) -> Store:
    """The invented case of tests/sample_case.py."""
    sample_case.load(store)
    return store


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A small spec."""
    path = tmp_path / "small.toml"
    path.write_text(SPEC)
    return path


def build(store: Store, path: Path, params: dict[str, Any], **more: Any) -> str:
    out = build_report(store, LIBRARY, path, params, path.parent / "out.html", **more)
    return out.read_text(encoding="utf-8")


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# --- the page ----------------------------------------------------------------------------------


def test_figures_are_the_rows_and_lead_to_them(loaded: Store, spec: Path) -> None:
    page = build(loaded, spec, {"incident": KESTREL.id})
    # blog and newspaper 120 million, the authority 100 (tests/sample_case.py); ordered by source
    assert '<a class="figure" href="#e1">3<sup>E1</sup></a> reports' in page
    assert '<a class="figure" href="#e1-1">$120,000,000<sup>E1</sup></a>' in page
    assert '<a class="figure" href="#e1-3">$120,000,000<sup>E1</sup></a>' in page
    assert '<a class="cell" href="#e1-2">$100,000,000</a>' in page
    assert "<h1>About kestrel-exchange-2021</h1>" in page


def test_every_link_inside_leads_somewhere_and_every_cell_is_one(loaded: Store, spec: Path) -> None:
    text = build(loaded, spec, {"incident": KESTREL.id})
    page = Page(text)
    inside = [link[1:] for link in page.links if link.startswith("#")]
    assert set(inside) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    table = text[text.index("By each source") : text.index("</table>")]
    assert table.count("<td") == 12 == table.count('<a class="cell"')


def test_evidence_has_query_parameters_rows_and_sources(loaded: Store, spec: Path) -> None:
    page = build(loaded, spec, {"incident": KESTREL.id})
    assert "MATCH (s:Source)-[r:REPORTED]-&gt;(:Incident {id: $incident})" in page
    assert "<code>incident = kestrel-exchange-2021</code>" in page
    assert "120 million dollars" in page
    assert "Statement of the Bureau" in page
    assert 'href="https://bureau.example.org/" rel="noopener noreferrer nofollow"' in page
    assert "recorded_at" not in page.replace("r.recorded_at", "").replace("AS recorded_at", "").replace(
        "date, date_precision, amount_usd, amount_text, category, stated_on, recorded_at", ""
    )


def test_the_loads_accounting_adds_up_and_says_what_is_missing(loaded: Store, spec: Path) -> None:
    text = words(build(loaded, spec, {"incident": KESTREL.id}))
    # run-first 80 = 78 + 1 + 1, run-second 10 = 6 + 0 + 4, run-third broke off
    assert "All 90 84 1 5 7 0" in text
    assert "1 rows were refused" in text
    assert "Not every file was read to its end" in text


def test_a_query_that_finds_nothing_says_so_in_words(loaded: Store, spec: Path) -> None:
    text = words(build(loaded, spec, {"incident": "nowhere-1999"}))
    assert "The query found nothing" in text
    assert "the first says (nothing found)" in text


def test_the_same_graph_gives_the_same_bytes_and_a_date_only_when_asked(store: Store, spec: Path) -> None:
    pages = []
    for seed in (1, 2):
        store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
        sample_case.load(store, shuffle=seed)
        pages.append(build(store, spec, {"incident": KESTREL.id}))
    assert pages[0] == pages[1]
    assert "Date of this page" not in pages[0]
    assert "2024-05-17" in build(store, spec, {"incident": KESTREL.id}, generated=date(2024, 5, 17))


def test_a_months_date_is_not_shown_as_a_day(loaded: Store, spec: Path) -> None:
    page = build(loaded, spec, {"incident": MOSAIC.id})
    assert ">2023-06</a>" in page
    assert "2023-06-01" not in page


def test_the_marking_is_on_head_and_foot_and_as_strict_as_the_strictest_claim(loaded: Store, spec: Path) -> None:
    assert build(loaded, spec, {"incident": KESTREL.id}).count(">TLP:CLEAR</span>") == 2
    secret = AttributedTo(subject=QUARRY.ref, object=HERON.ref, source_id="acme", tlp="red")
    Loader(loaded, "run-late", datetime(2024, 7, 1, tzinfo=UTC)).claims([secret])
    assert build(loaded, spec, {"incident": KESTREL.id}).count(">TLP:RED</span>") == 2
    spec.write_text(
        SPEC.replace('"incidents/reports"', '"incidents/attributions"')
        .replace('columns = ["publisher", "amount_usd", "date", "source"]', "")
        .replace("amount_usd", "actor_name").replace(" | usd", "")
    )  # fmt: skip
    clear = build(loaded, spec, {"incident": KESTREL.id})  # its only table has a tlp column, and all of it is clear
    assert clear.count(">TLP:CLEAR</span>") == 2
    spec.write_text('tlp = "green"\n' + spec.read_text())
    assert build(loaded, spec, {"incident": KESTREL.id}).count(">TLP:GREEN</span>") == 2


@pytest.mark.parametrize("name", HOSTILE[:10])
def test_hostile_data_is_text(store: Store, spec: Path, name: str) -> None:
    loader = Loader(store, "run", datetime(2024, 1, 1, tzinfo=UTC))
    source = Source(id="blog", title=name, publisher=name, kind="researcher", url="javascript:window.pwned=1")
    loader.nodes([source, Incident(id=name, name=name)])
    loader.claims([
        Reported(subject=source.ref, object=Ref("Incident", name), source_id="blog", amount_text=name, amount_usd=1.0,
                 evidence="javascript:window.pwned=1", category='https://x.example/"onclick="window.pwned=1'),
    ])  # fmt: skip
    page = Page(build(store, spec, {"incident": name.strip()}))
    assert not {"script", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in page.tags}
    assert not any(key.startswith("on") or key == "style" for _, attributes in page.tags for key in attributes)
    assert all(link.startswith(("#", "https://")) for link in page.links)


def test_the_page_loads_nothing(loaded: Store, spec: Path) -> None:
    text = build(loaded, spec, {"incident": KESTREL.id})
    assert not re.search(r"(?:src|action|data|poster)\s*=|@import|url\(", text)
    assert not [a for tag, a in Page(text).tags if tag in ("link", "script", "img")]
    assert "default-src 'none'; style-src 'sha256-" in text


# --- blocks ------------------------------------------------------------------------------------

BLOCK = '\n[[sections]]\nkind = "block"\nname = "trace"\nheading = "Money"\n'


def test_a_blocks_tables_are_evidence_and_its_error_rate_is_said(loaded: Store, spec: Path) -> None:
    spec.write_text(SPEC + BLOCK)
    frame = pd.DataFrame({"service": ["thorchain", HOSTILE[0]], "usd": [1_000_000.0, None]})
    params = {"incident": KESTREL.id}
    plain = words(build(loaded, spec, params, extras={"trace": frame}))
    assert "None was handed to this report: take the result as a lead" in plain
    block = Block(text="Half of it.", tables={"By service": frame}, method="haircut", error_rate="97 of 101 reached")
    page = build(loaded, spec, params, extras={"trace": block})
    assert '<a class="cell" href="#e2-1">$1,000,000</a>' in page
    assert "97 of 101 reached" in page
    assert "<script>" not in page
    assert "This part was not computed" in words(build(loaded, spec, params))


def test_a_result_may_bring_its_own_parts(loaded: Store, spec: Path) -> None:
    class Result:
        def report_parts(self) -> dict[str, Any]:
            return {"text": "From the result.", "method": "sum of weights"}

    spec.write_text(SPEC + BLOCK)
    page = build(loaded, spec, {"incident": KESTREL.id}, extras={"trace": Result()})
    assert "From the result." in page
    with pytest.raises(UsageError, match="cannot show a int"):
        build(loaded, spec, {"incident": KESTREL.id}, extras={"trace": 7})
    with pytest.raises(UsageError, match="not a PNG"):
        build(loaded, spec, {"incident": KESTREL.id}, extras={"trace": Block(image=b"<svg onload=x>")})
    with pytest.raises(UnknownNameError, match="trace"):
        build(loaded, spec, {"incident": KESTREL.id}, extras={"tracing": "x"})


# --- specs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("caption =", "captoin =", "caption"),
        ("title =", "titel =", "title"),
        ('kind = "limits"', 'kind = "limit"', "limits"),
        ('"$incident"', '"$incidents"', "Did you mean incident"),
        ("{{ reports }}", "{{ report }}", "Did you mean reports"),
        ("{{ reports }}", "{{ reports.__class__.__mro__ }}", "is not a figure"),
        ("{{ reports }}", "{{ reports }", "is not a figure"),
        ("{{ reports }}", "{% for x in y %}{{", "is not a figure"),
        ("{{ reports }}", "reports }}", "do not close"),
        ("| usd", "| upper", "no format"),
        ("{{ param.incident }}", "{{ reports }}", "parameters only"),
        ('type = "id"', 'type = "uuid"', "uuid"),
        ('type = "id"', 'type = "id"\ndefault = 3', "default"),
        ('type = "id"', 'type = "id"\nrequired = true', "required"),
        ('id = "reports"', 'id = "Reports!"', "id of its own"),
        ("{{ reports }} reports; the first says {{ reports.amount_usd }} and the third "
         "{{reports.amount_usd[3] | usd}}.", "He did it.", "rests on nothing"),
        ('"About', '"About\n', "TOML"),
    ],
)  # fmt: skip
def test_a_wrong_spec_is_refused_with_a_word_of_help(spec: Path, old: str, new: str, says: str) -> None:
    assert old in SPEC
    spec.write_text(SPEC.replace(old, new))
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        read_spec(spec)
    assert str(spec) in str(caught.value)


def test_columns_and_queries_that_do_not_exist_are_refused(loaded: Store, spec: Path) -> None:
    spec.write_text(SPEC.replace('"publisher", "amount_usd"', '"publisher", "amount_eur"'))
    with pytest.raises(InputError, match="amount_usd"):
        build(loaded, spec, {"incident": KESTREL.id})
    spec.write_text(SPEC.replace("reports.amount_usd }}", "reports.amount_eur }}"))
    with pytest.raises(InputError, match="amount_usd"):
        build(loaded, spec, {"incident": KESTREL.id})
    spec.write_text(SPEC.replace("incidents/reports", "incidents/report"))
    with pytest.raises(UnknownNameError, match="incidents/reports"):
        build(loaded, spec, {"incident": KESTREL.id})


def test_parameters_are_checked(loaded: Store, spec: Path) -> None:
    with pytest.raises(ParameterError, match="missing"):
        build(loaded, spec, {})
    with pytest.raises(ParameterError, match="incident"):
        build(loaded, spec, {"incident": KESTREL.id, "incidnt": "x"})


def test_shipped_reports_are_found_build_and_are_not_shadowed(loaded: Store, tmp_path: Path) -> None:
    for name, params in (("incident", {"incident": KESTREL.id}), ("overview", {})):
        out = build_report(loaded, LIBRARY, find_spec(name), params, tmp_path / f"{name}.html")
        page = Page(out.read_text(encoding="utf-8"))
        assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    with pytest.raises(UnknownNameError, match="incident"):
        find_spec("incidnt")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "incident.toml").write_text(SPEC)
    with pytest.raises(InputError, match="two files"):
        find_spec("incident", [tmp_path / "mine"])
    with pytest.raises(InputError, match="no such report"):
        find_spec(str(tmp_path / "absent.toml"))


# --- text --------------------------------------------------------------------------------------


@given(st.text(alphabet=st.characters(exclude_characters="{}", exclude_categories=("Cs",)), max_size=200))
def test_text_of_a_spec_never_becomes_an_element(text: str) -> None:
    made = render(text, lambda figure: Markup("?"), where="here")
    assert set(re.findall(r"</?([a-z0-9]+)", made)) <= {"p", "ul", "li", "h3", "strong", "em", "code"}
    assert "<" not in re.sub(r"</?(?:p|ul|li|h3|strong|em|code)>", "", made)


@given(st.text(max_size=100))
def test_a_value_is_never_read_as_markdown_or_a_figure(value: str) -> None:
    made = render("{{ a.b }}", lambda figure: escape(value), where="here")
    assert made == f"<p>{escape(value)}</p>"


def test_markdown_that_is_understood() -> None:
    made = render(
        "### Head\n\nA **bold** *word* and `code`.\n\n- one\n  goes on\n- two", lambda f: Markup(""), where="x"
    )
    assert made == (
        "<h3>Head</h3>\n<p>A <strong>bold</strong> <em>word</em> and <code>code</code>.</p>\n"
        "<ul><li>one goes on</li><li>two</li></ul>"
    )


def test_figures_that_are_understood() -> None:
    assert figures("{{ a.b[2] | usd }} {{a}} {{ param.x }}", where="x") == [
        Figure("a", "b", 2, "usd"), Figure("a", None, 1, None), Figure("param", "x", 1, None)
    ]  # fmt: skip


def test_values_are_shown_with_no_more_precision_than_they_have() -> None:
    when = datetime(2023, 6, 2, 21, 49, 23, tzinfo=UTC)
    assert shown(when) == "2023-06-02 21:49:23 UTC"
    assert shown(when, "date", {"date_precision": "year"}) == "2023"
    assert shown(when, "date", {"date_precision": "month"}) == "2023-06"
    assert shown(1_460_000_000.0, "amount_usd") == "$1,460,000,000"
    assert shown(None) == shown(float("nan")) == shown(pd.NaT) == shown([]) == "–"
    assert shown(2023, "year") == "2023"
    assert shown(["a", "b"]) == "a; b"


def test_only_web_addresses_become_links() -> None:
    assert web_address("https://www.ic3.gov/PSA/2025/PSA250226") is not None
    for text in (
        "javascript:alert(1)",
        "data:text/html,x",
        'https://a.example/"x',
        " https://a.example/",
        "//a.example",
    ):
        assert web_address(text) is None
