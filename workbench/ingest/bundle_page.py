"""The page docs/sources.md, made from the manifest of the bundled case."""

from __future__ import annotations

from workbench.ingest.bundle import BundleEntry

_HEAD = """\
# Sources of the bundled case

Written by `workbench docs` from `workbench/bundled/manifest.toml`; do not edit. Files are loaded in this
order by `workbench demo`. Their SHA-256 is checked before every load. Copyright notices and licence texts are
in `workbench/bundled/LICENCES.txt`, MITRE's in `NOTICE`.

What is loaded under a source's name is what that source says. Confidence is the source's own where it gives
one; where it gives none, the format says what it puts there and why (an authority's flat statement 90, a
vendor's or hand-verified data set 70, a researcher's list 50).
"""


def sources_page(entries: list[BundleEntry]) -> str:
    """The page as Markdown."""
    parts = [_HEAD, "| file | publisher | licence |", "|---|---|---|"]
    parts += [f"| [`{e.file}`](#{_anchor(e)}) | {e.publisher} | {e.licence} |" for e in entries]
    for entry in entries:
        how = "Copied as it is." if entry.derived == "copied" else entry.derived
        parts += [
            "", f"## {_anchor(entry)}", "", f"**{entry.title}.** {entry.publisher}: <{entry.address}>"
            if entry.address.startswith("http") and " " not in entry.address
            else f"**{entry.title}.** {entry.publisher}: {entry.address}",
            "", f"- file `{entry.file}`, format `{entry.format}`", f"- origin: {entry.origin}",
            f"- licence: {entry.licence}", f"- {how}", f"- SHA-256 `{entry.sha256}`",
        ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _anchor(entry: BundleEntry) -> str:
    return "-".join(part for part in entry.file.lower().replace("_", "-").replace(".", "-").split("/"))
