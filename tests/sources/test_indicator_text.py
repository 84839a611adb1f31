"""Vendors' lists in text, Markdown and AsciiDoc: real ones of ESET, Talos and JPCERT, and small ones made here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file
from workbench.ingest.intelligence.indicator_markup import markup_of, read_lines
from workbench.ingest.sources.indicator_text import IndicatorText

MD5 = "0889a7ad0ad0822e9bce2ca316b57f4d"
SHA256 = "586f30907c3849c363145bfdcdabe3e2e4688cbd5688ff968e984b201b474730"
FOLDER = "dprk-iocs"
PLAIN = [
    "talos/2022-09-lazarus-magicrat", "talos/2022-09-lazarus-three-rats.txt", "talos/2023-08-lazarus-collectionrat.txt",
    "talos/2023-08-lazarus-quiterat.txt", "talos/2024-08-moonpeak-infrastructure-north-korea.txt",
    "talos/2025-06-python-version-of-golangghost-rat.txt", "talos/2025-10-beavertail-and-ottercookie.txt",
    *(f"eset/{n}" for n in ("interception_samples.sha1", "interception_samples.sha256", "scarcruft_samples.sha1",
                            *(f"nukesped_lazarus_samples.{kind}" for kind in ("md5", "sha1", "sha256")))),
]  # fmt: skip
LISTED = "MATCH (i)-[l:LISTED_BY {listing: 'published'}]->() RETURN i.value"


def indicators(store: Store) -> set[str]:
    return {value for (value,) in found(store, LISTED)}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_lists_are_loaded_whole(store: Store, shared: Path, name: str) -> None:
    """Rows are the lines with one word that has a dot, or 32 and more hexadecimal digits."""
    path = shared / FOLDER / name
    lines = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    rows = [line for line in lines if re.fullmatch(r"[0-9A-Fa-f]{32,64}|\S+\.\S+|\S+\[\.\]\S+", line)]
    report = ingest_file(store, path, Options(source="vendor"))
    assert (report.format, report.rows_in, report.quarantined) == ("indicator-text", len(rows), 0)
    plain = {row.lower().replace("[.]", ".").replace("[://]", "://").replace("hxxp", "http") for row in rows}
    assert {value.lower() for value in indicators(store)} == {re.sub(r"^([\d.]+):\d+$", r"\1", row) for row in plain}
    before = content_hash(store)
    assert ingest_file(store, path, Options(source="vendor")).duplicates == len(rows)
    assert content_hash(store) == before


def test_esets_asciidoc_is_loaded_whole(store: Store, shared: Path) -> None:
    """Every hash that the file has outside its descriptions, and every defanged address (regular expressions).

    What is no indicator: serial numbers of certificates (32 digits, like an MD5), and links to blog posts.
    """
    path = shared / FOLDER / "eset" / "nukesped_lazarus_README.adoc"
    text = path.read_text("utf-8")
    report = ingest_file(store, path, Options(source="eset"))
    assert (report.format, report.quarantined) == ("indicator-text", 0)
    listed = indicators(store)
    hashes = {
        value.lower() for value in re.findall(r"(?<![0-9A-Fa-f])(?:[0-9A-F]{64}|[0-9A-F]{40})(?![0-9A-Fa-f])", text)
    }
    assert {value for value in listed if re.fullmatch("[0-9a-f]{32,}", value)} == hashes
    urls = {u.replace("[.]", ".") for u in re.findall(r"\+(https?://[^\s+]*\[\.\][^\s+]*)\+", text)}
    assert {value for value in listed if "://" in value} == urls
    assert not any("welivesecurity" in value or "virusbulletin" in value for value in listed)
    assert any("Code signing certificate serial numbers" in reason for reason in reasons(report))
    together = found(
        store, "MATCH (a {value: '46.105.57.169'})-[r:RELATED]->(b) RETURN b.value, r.relation ORDER BY b.value"
    )
    assert together == [
        ("bug.restoroad.com", "listed-together"), ("http://bug.restoroad.com/admin/view_status.php", "listed-together")
    ]  # fmt: skip
    seen = found(store, "MATCH ({value: '46.105.57.169'})-[l:LISTED_BY]->() RETURN toString(l.valid_from)")
    assert seen == [("2021-10-10T00:00:00Z",)]
    assert ingest_file(store, path, Options(source="eset")).loaded == 0


def test_the_other_asciidoc_lists(store: Store, shared: Path) -> None:
    report = ingest_file(store, shared / FOLDER / "eset" / "interception_README.adoc", Options(source="eset"))
    text = (shared / FOLDER / "eset" / "interception_README.adoc").read_text("utf-8")
    blocks = text.split("----")
    assert report.rows_in == len(blocks[1].split()) + len(blocks[5].split())  # hashes and addresses, not the paths
    assert (report.quarantined, report.duplicates) == (0, 0)
    scarcruft = ingest_file(store, shared / FOLDER / "eset" / "scarcruft_README.adoc", Options(source="eset"))
    assert (scarcruft.rows_in, scarcruft.loaded) == (5, 5)


def test_jpcerts_table_of_techniques_is_mentioned(store: Store, shared: Path) -> None:
    """The links to attack.mitre.org in its cells are no indicators."""
    path = shared / FOLDER / "jpcert" / "MITRE_ATTCK_Mapping.md"
    report = ingest_file(store, path, Options(source="jpcert"))
    assert (report.format, report.quarantined) == ("indicator-text", 0)
    assert indicators(store) == set()
    spoken = {id_ for (id_,) in found(store, "MATCH ()-[:MENTIONS]->(t:Technique) RETURN t.id")}
    text = path.read_text("utf-8")
    wide = re.findall(r"\w \((T[0-9]{4})\)", text)
    ids = [line.split("|")[2] for line in text.partition("## Commonly")[2].splitlines() if line.startswith("|")]
    wanted = {f"mitre:{id_}" for id_ in (*wide, *re.findall(r"\[(T[0-9.]+)\]", " ".join(ids)))}
    assert len(wanted) > 35
    assert wanted == spoken


def test_labels_and_remarks(store: Store, tmp_path: Path) -> None:
    text = f"# a comment with evil.example\nMagicRAT\n{SHA256}  sample.exe\nbad[.]example - C2\n"
    text += "C2 servers:\n192[.]0[.]2[.]1:8080\n"
    report = load(store, tmp_path, text, "a.txt", source="v", as_format="indicator-text")
    assert report.loaded == 3
    said = found(store, "MATCH (i)-[l:LISTED_BY]->() RETURN i.value, l.label ORDER BY l.label")
    assert said == [("192.0.2.1", "C2 servers"), ("bad.example", "MagicRAT; C2"), (SHA256, "MagicRAT; sample.exe")]
    assert {"refanged to bad.example", "the port 8080 is left out"} <= set(reasons(report))


MARKDOWN = f"""# A campaign

Read https://vendor.example/report or [the post](https://vendor.example/post).

| Indicator | Type | Description | Link |
|---|---|---|---|
| `bad[.]example` | domain | C2, see [us](https://ref.example) | https://ref2.example |
| {SHA256} | sha256 | sample | |
| N/A | | nothing | |

## Samples

- `{MD5}`
- evil[.]example
- We also saw good.example in use.

```
192.0.2.7
```

## References

- https://vendor.example/reference
"""


def test_trap_13_links_in_markdown_are_no_indicators(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, MARKDOWN, "a.md", source="v")
    assert (report.format, report.loaded, report.quarantined) == ("indicator-text", 5, 0)
    assert indicators(store) == {"bad.example", SHA256, MD5, "evil.example", "192.0.2.7"}
    assert "left out: 1 lines under “References”" in reasons(report)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hxxp://bro ken", None), ("evil[.]exa$mple", "not a domain"), (SHA256 + "0", "not a domain"),
        ("300.1.2.3", "not a domain"),
        ("x" * 20_000 + "[.]example", "longer than"), ("0x" + "ab" * 19 + "a", "not a domain"),
        ("hxxp://a[.]exa\x00mple/", "control character"), ("someone@@evil.example", "not a domain"),
    ],
)  # fmt: skip
def test_what_is_damaged_costs_itself(store: Store, tmp_path: Path, line: str, reason: str | None) -> None:
    report = load(store, tmp_path, f"a.example\n{line}\nb.example\n", "a.txt", source="v", as_format="indicator-text")
    if reason is None:  # "ken" is a remark behind an address
        assert report.loaded + report.quarantined == 3
        return
    assert (report.loaded, report.quarantined) == (2, 1), reasons(report)
    assert any(reason in told for told in reasons(report, "quarantined")), reasons(report)


def test_a_table_row_with_other_cells_is_quarantined(store: Store, tmp_path: Path) -> None:
    text = f"# L\n\n| SHA-256 | Filename |\n|---|---|\n| {SHA256} |\n| {SHA256} | x.exe |\n"
    report = load(store, tmp_path, text, "a.md", source="v")
    assert (report.loaded, report.quarantined) == (1, 1)
    assert found(store, "MATCH ()-[n:NAMED]->(i) RETURN n.name") == [("x.exe",)]


def test_without_a_source_everything_is_quarantined(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, "a.example\nb.example\n", "a.txt", as_format="indicator-text")
    assert (report.loaded, report.quarantined) == (0, 2)


@pytest.mark.parametrize("content", ["", "\n\n", "Just some words.\nAnd more of them.\n", "# Title\n\nprose\n"])
def test_a_list_of_nothing_is_refused(store: Store, tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="no rows"):
        load(store, tmp_path, content, "a.md", source="v", as_format="indicator-text")


def test_hostile_lines(store: Store, tmp_path: Path) -> None:
    text = "\n".join([*(line for line in HOSTILE if "|---" not in line), "a.example"])
    report = load(store, tmp_path, text, "a.txt", source="v", as_format="indicator-text")
    assert report.loaded == 1


def test_file_names_are_not_domains(store: Store, tmp_path: Path) -> None:
    text = "a.example\nsvchost.exe\nC:\\x\\y.dll\ninstall.sh\nevil[.]sh\n"
    report = load(store, tmp_path, text, "a.txt", source="v", as_format="indicator-text")
    assert indicators(store) == {"a.example", "evil.sh"}
    assert (report.loaded, report.quarantined) == (2, 1)


def test_lists_of_wallets_are_left_to_their_own_format() -> None:
    assert (
        IndicatorText.detect("115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn\n3LU8wRu4ZnXP4UM8Yo6kkTiGHM9BubgyiG\n", "a.txt") == 0
    )
    assert IndicatorText.detect("0x098b716b8aaf21512996dc57eb0615e2383e2f96\n", "a.txt") == 0
    assert IndicatorText.detect('{"a": "b.example"}', "a.json") == 0


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="|=-#`*.\n ab0[]():/\\+", max_size=200), st.sampled_from(["a.md", "a.adoc", "a.txt"]))
def test_any_text_is_read_and_every_line_accounted_for(text: str, name: str) -> None:
    """Never more lines out than in, and none that is not there."""
    lines = text.splitlines()
    numbers = [line.number for line in read_lines(iter(lines), markup_of(text, name))]
    assert all(1 <= number <= len(lines) for number in numbers)
    assert len(numbers) <= len(lines)
