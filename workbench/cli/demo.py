"""`workbench demo`: the main job on the bundled case, from an empty folder to a report.

Every step can be interrupted; the next run finishes the work. What is loaded already counts as a
duplicate and changes nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli._common import data_console, talk
from workbench.cli._progress import LOADED, Watch

if TYPE_CHECKING:
    from rich.console import Console

    from workbench.analysis.attribution.rank import Attribution
    from workbench.analysis.tracing.follow import Trace
    from workbench.case import Case
    from workbench.ingest import IngestReport

ATOMIC = "atomic-wallet-2023"
LIFI = "li-fi-2024"
HEISTS_SHOWN = 8
LEAST_BITS = 0.05


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(folder: Annotated[Path, typer.Argument(help="Workspace to make or to finish.")] = Path("demo-case")) -> None:
    """Load the bundled case and answer: who stole it, how did the money move, how sure are we, who said so?"""
    from workbench.case import Case

    console = data_console(110)
    with Case.open(folder) as case:
        talk().print("Starting Neo4j …", style="dim")
        case.store  # noqa: B018 - fetches and starts the local server
        with Watch(talk(), "reading", left=LOADED) as watch:
            loaded = case.load_bundle(watch)
        show_accounting(console, loaded)
        show_heists(console, case)
        show_wallets(console, case)
        traces = {incident: case.trace(incident) for incident in (ATOMIC, LIFI)}
        for incident, trace in traces.items():
            show_trace(console, case, incident, trace)
        answers = {incident: case.attribute(incident) for incident in (ATOMIC, LIFI)}
        for answer in answers.values():
            show_attribution(console, answer)
        show_pages(console, folder, write_pages(case, traces, answers))


def write_pages(case: Case, traces: dict[str, Trace], answers: dict[str, Attribution]) -> dict[str, Path]:
    """Write map, report and notebook; returns what they are and where."""
    from workbench.shipped import shipped_folder

    assert case.workspace is not None
    made = {"map": case.map(traces[ATOMIC], title="Atomic Wallet, June 2023: where the money went")}
    extras: dict[str, Any] = {"trace": traces[ATOMIC], "attribution": answers[ATOMIC]}
    made["report"] = case.report("incident", extras=extras, incident=ATOMIC)
    target = case.workspace.root / "notebooks" / "01-who-stole-it.ipynb"
    if not target.exists():  # the user may have worked in it
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(shipped_folder("notebooks") / target.name, target)
    made["notebook"] = target
    return made


def show_accounting(console: Console, report: IngestReport) -> None:
    """What was read, and that every row is accounted for."""
    frame = report.to_frame()
    totals = {c: int(frame[c].sum()) for c in ("rows_in", "loaded", "quarantined", "duplicates")}
    _head(console, "What was loaded")
    _rows(
        console,
        ("format", "files", "rows", "loaded", "quarantined", "known already"),
        [
            (name, len(part), *(int(part[c].sum()) for c in ("rows_in", "loaded", "quarantined", "duplicates")))
            for name, part in frame.groupby("format", sort=True)
        ],
    )
    console.print(
        f"{totals['rows_in']:,} rows = {totals['loaded']:,} loaded + {totals['quarantined']:,} quarantined + "
        f"{totals['duplicates']:,} known already."
    )


def show_heists(console: Console, case: Case) -> None:
    """Thefts by official attribution, then by every other source, disputed amounts as intervals."""
    official = case.query("incidents/official")
    named: dict[str, dict[str, set[str]]] = {}
    for row in official.itertuples():
        entry = named.setdefault(str(row.incident), {"actors": set(), "authorities": set()})
        entry["actors"].add(str(row.actor_name))
        entry["authorities"].add(str(row.authority))
    every = case.query("incidents/all-sources")
    _head(console, "Thefts that an authority has attributed")
    rows = []
    for row in every[every["incident"].isin(list(named))].sort_values("first_date").itertuples():
        entry = named[str(row.incident)]
        rows.append(
            (
                row.name,
                _dates(row),
                _money(row),
                ", ".join(sorted(entry["actors"])),
                "; ".join(sorted(entry["authorities"])),
            )
        )
    _rows(console, ("theft", "dates given", "amounts given", "attributed to", "by"), rows)
    others = every[~every["incident"].isin(list(named))].sort_values(["max_usd", "incident"], ascending=[False, True])
    _head(console, f"Largest of {len(others)} incidents that only other sources attribute or report")
    _rows(
        console,
        ("theft", "dates given", "amounts given", "attributed to", "source"),
        [
            (r.name, _dates(r), _money(r), _list(r.attributed_to) or "nobody", _list(r.sources))
            for r in others.head(HEISTS_SHOWN).itertuples()
        ],
    )


def show_wallets(console: Console, case: Case) -> None:
    """Which wallets are claimed for whom by whom."""
    _head(console, "Wallets claimed for a group")
    frame = case.query("wallets/claimed-for")
    rows = [(r.wallets, _list(r.networks), r.actor, r.source_title) for r in frame.itertuples()]
    _rows(console, ("wallets", "networks", "claimed for", "by"), rows)


def show_trace(console: Console, case: Case, incident: str, trace: Trace) -> None:
    """Terminals reached, and what arrived at which service, per method."""
    summary = trace.summary
    _head(console, f"Where the money went: {_name(case, incident)}")
    reached = summary["terminals_reached"]
    console.print(
        f"Published end points reached in time order: {reached['haircut']} of {summary['terminals']} by haircut, "
        f"{reached['poison']} by poison ({reached['static']} if time is ignored); deepest hop {summary['deepest']}."
    )
    injected = sum(_units(v) for v in trace.conservation.query("method == 'haircut'")["injected"])
    console.print(
        f"The loaded ledger lets ${injected / 1e6:,.1f} M be followed; "
        f"sources report {_reported(case, incident)} stolen."
    )
    _rows(
        console,
        ("service", "wallets", "haircut $", "low", "high", "poison $"),
        [
            (r.name, r.addresses, *(_units(v) for v in (r.haircut, r.low, r.high, r.poison)))
            for r in trace.services.head(8).itertuples()
        ],
    )
    for r in trace.conservation[trace.conservation["method"] == "haircut"].itertuples():
        verdict = "to the last unit" if r.conserves else f"off by {_units(r.difference):,}"
        console.print(
            f"Haircut conserves: {_units(r.injected):,} left the sources = {_units(r.held):,} held + "
            f"{_units(r.crossed):,} at services + {_units(r.returned):,} returned + {_units(r.dropped):,} cut, "
            f"{verdict}. Poison is an upper bound and may count the same value twice.",
            style="dim",
        )


def show_attribution(console: Console, answer: Attribution) -> None:
    """The ranking, the evidence for its first name, and how often this method is right."""
    from workbench.report.analyses import error_rate

    _head(console, f"Who did it: {answer.incident_name}")
    told = answer.candidates[(answer.candidates["sources"] > 0) | (answer.candidates["actor"] == "unknown")]
    rows = [
        (r.name, f"{r.probability:.0%}", f"{r.low:.0%} to {r.high:.0%}", r.words, r.sources)
        for r in told.head(5).itertuples()
    ]
    if whole := answer.together:
        interval = f"{whole['low']:.0%} to {whole['high']:.0%}"
        first = f"named together: {', '.join(whole['names'])}"
        rows.insert(0, (first, f"{whole['probability']:.0%}", interval, whole["words"], whole["sources"]))
    _rows(console, ("candidate", "probability", "interval", "in words", "sources"), rows)
    first = answer.evidence[answer.evidence["actor"] == answer.candidates.iloc[0]["actor"]]
    first = first[first["collapsed_into"].isna() & (first["bits"].abs() >= LEAST_BITS)]
    if len(first):
        _rows(
            console,
            (f"evidence for {answer.candidates.iloc[0]['name']}", "bits", "who says so"),
            [(r.what, f"{r.bits:+.1f}", _list(r.sources)) for r in first.head(5).itertuples()],
        )
    console.print(answer.sentence(), markup=False, highlight=False)
    console.print(error_rate(answer), style="dim", markup=False, highlight=False)


def show_pages(console: Console, folder: Path, pages: dict[str, Path]) -> None:
    """What was written, and what to try next."""
    _head(console, "Written")
    for what, path in pages.items():
        console.print(f"  {what:<9} {path}", markup=False, highlight=False, soft_wrap=True)
    _head(console, "Try next")
    for line in (
        *_activation(),
        f"cd {folder}",
        "workbench query --list",
        'workbench query actors/names -p name="Lazarus Group"',
        "workbench query wallets/claims -p wallet=0x098B716B8Aaf21512996dC57EB0615e2383E2f96",
        f"workbench attribute {LIFI} --table evidence",
        f"workbench trace {ATOMIC} --table holdings --format csv",
    ):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _activation() -> list[str]:
    """How to get the command onto the path, where it is not there yet."""
    if shutil.which("workbench"):
        return []
    return [f". {os.path.relpath(sys.prefix)}/bin/activate"]


def _head(console: Console, text: str) -> None:
    console.print()
    console.print(text, style="bold", markup=False)


def _rows(console: Console, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for i, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[i], int) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row))
    console.print(table if rows else "(nothing)")


def _name(case: Case, incident: str) -> str:
    rows = case.store.read("MATCH (i:Incident {id: $id}) RETURN i.name AS name", {"id": incident}).rows
    return str(rows[0][0]) if rows else incident


def _reported(case: Case, incident: str) -> str:
    every = case.query("incidents/all-sources")
    return next((_money(row) for row in every.itertuples() if row.incident == incident), "nothing")


def _units(value: Any) -> int:
    from workbench.model.amounts import USD_DECIMALS

    whole: int = int(value) // 10**USD_DECIMALS
    return whole


def _money(row: Any) -> str:
    low, high = row.min_usd, row.max_usd
    if low is None or low != low:
        return "none given"
    return f"{_millions(low)} M" if low == high else f"{_millions(low)} to {_millions(high)} M"


def _millions(value: float) -> str:
    text = f"{value / 1e6:,.2f}"
    return "$" + (text.rstrip("0").rstrip(".") if "." in text else text)


def _dates(row: Any) -> str:
    first, last = (f"{d:%Y-%m-%d}" if d is not None and d == d else "" for d in (row.first_date, row.last_date))
    return first if first == last else f"{first} to {last[5:] if last[:4] == first[:4] else last}"


def _list(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value))
