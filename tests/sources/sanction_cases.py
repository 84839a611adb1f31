"""What the tests of sanctions lists share: valid addresses of nobody, and OFAC's files as OFAC writes them.

The parties are invented. Addresses are small numbers in the encoding of their network, so that checksums hold and
nobody has the key. The shape of the files (no header row, `-0- ` for nothing, remarks that stop at 1,000
characters and go on in SDN_COMMENTS.CSV, a control-Z at the end) is that of OFAC's data specification and of the
editions that other projects keep as test data.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bip_utils import Base58Encoder

from workbench.graph.store import Store
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, RunReport, ingest_file

NOTHING = "-0- "


def btc(number: int) -> str:
    """The Bitcoin address of a small number."""
    return str(Base58Encoder.CheckEncode(b"\x00" + number.to_bytes(20, "big")))


def trx(number: int) -> str:
    """The TRON address of a small number."""
    return str(Base58Encoder.CheckEncode(b"\x41" + number.to_bytes(20, "big")))


def ltc(number: int) -> str:
    """The Litecoin address of a small number."""
    return str(Base58Encoder.CheckEncode(b"\x30" + number.to_bytes(20, "big")))


def eth(number: int) -> str:
    """The Ethereum-like address of a small number."""
    return f"0x{number:040x}"


def wallets(*pairs: tuple[str, str]) -> str:
    """Wallets as remarks have them: the second and further ones of an asset begin with `alt.`."""
    said, items = set(), []
    for asset, address in pairs:
        items.append(f"{'alt. ' if asset in said else ''}Digital Currency Address - {asset} {address}")
        said.add(asset)
    return "; ".join(items)


def sdn_row(number: int, name: str, type_: str = NOTHING, program: str = "CYBER2", remarks: str = NOTHING) -> str:
    """One line of SDN.CSV, remarks and all."""
    kind = type_ if type_ == NOTHING else f'"{type_}"'
    last = remarks if remarks == NOTHING else '"' + remarks.replace('"', '""') + '"'
    return f'{number},"{name}",{kind},"{program}",{",".join([NOTHING] * 7)},{last}'


def ofac_files(
    parties: Iterable[tuple[Any, ...]], aliases: Iterable[tuple[int, str, str]] = (), addresses: Sequence[int] = ()
) -> dict[str, str]:
    """The four files of an edition; remarks longer than 1,000 characters are cut as OFAC cuts them."""
    main, comments = [], []
    for number, name, *rest in parties:
        type_, program, remarks = (*rest, *(NOTHING, "CYBER2", NOTHING)[len(rest) :])
        main.append(sdn_row(number, name, type_, program, remarks[:1000]))
        if len(remarks) > 1000:
            comments.append(f'{number},"{remarks[1000:]}"')
    alt = [f'{number},{9000 + n},"{kind}","{name}",{NOTHING}' for n, (number, kind, name) in enumerate(aliases)]
    add = [f'{number},{7000 + n},"1 Example Street","Town","Land",{NOTHING}' for n, number in enumerate(addresses)]
    parts = {"SDN.CSV": main, "ALT.CSV": alt, "ADD.CSV": add, "SDN_COMMENTS.CSV": comments}
    return {name: "\r\n".join([*lines, "\x1a"]) for name, lines in parts.items()}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files of one edition; returns the main one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    return folder / next(iter(files))


def write_zip(path: Path, files: Mapping[str, str], days: Mapping[str, tuple[int, int, int]]) -> Path:
    """The same in an archive, each member with its date."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (*days[name], 0, 0, 0)), text)
    return path


def load_file(store: Store, path: Path | SourceFile, **options: Any) -> RunReport:
    """Load a file and check that every row is accounted for."""
    report = ingest_file(store, path, Options(**options))
    assert report.rows_in == report.loaded + report.quarantined + report.duplicates
    assert report.quarantined == sum(issue.action == "quarantined" for issue in report.issues)
    return report


def rows_of(fmt: Format, path: Path) -> tuple[list[Row], Context]:
    """The raw rows of a file, without a graph."""
    context = Context()
    return list(fmt.rows(SourceFile(path), context)), context


ADVANCED = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
OLD_ADVANCED = "http://www.un.org/sanctions/1.0"
FEATURES = {"XBT": 9344, "ETH": 9345, "USDT": 9887, "XMR": 9444, "LTC": 9566}
"""Numbers that are not OFAC's own: a reader has to look them up in the file."""


def advanced_xml(
    parties: Iterable[Mapping[str, Any]], day: tuple[int, int, int] = (2024, 3, 1), namespace: str = ADVANCED
) -> str:
    """sdn_advanced.xml by its schema, as far as it matters; numbers of reference values other than OFAC's own.

    A party: number, type (individual, entity, vessel, aircraft), name (parts), aliases, wallets, listed, programs.
    """
    features = "".join(
        f'<FeatureType ID="{number}" FeatureTypeGroupID="1">Digital Currency Address - {asset}</FeatureType>'
        for asset, number in FEATURES.items()
    )
    sets = f"""<ReferenceValueSets>
<AliasTypeValues><AliasType ID="71">A.K.A.</AliasType><AliasType ID="72">F.K.A.</AliasType>
<AliasType ID="73">Name</AliasType></AliasTypeValues>
<EntryEventTypeValues><EntryEventType ID="61">Created</EntryEventType></EntryEventTypeValues>
<FeatureTypeValues><FeatureType ID="8" FeatureTypeGroupID="1">Birthdate</FeatureType>{features}</FeatureTypeValues>
<ListValues><List ID="51">SDN List</List></ListValues>
<NamePartTypeValues><NamePartType ID="41">Last Name</NamePartType><NamePartType ID="42">First Name</NamePartType>
<NamePartType ID="43">Entity Name</NamePartType></NamePartTypeValues>
<PartySubTypeValues><PartySubType ID="31" PartyTypeID="24">Vessel</PartySubType>
<PartySubType ID="32" PartyTypeID="24">Aircraft</PartySubType>
<PartySubType ID="33" PartyTypeID="22">Unknown</PartySubType>
<PartySubType ID="34" PartyTypeID="21">Unknown</PartySubType></PartySubTypeValues>
<PartyTypeValues><PartyType ID="21">Individual</PartyType><PartyType ID="22">Entity</PartyType>
<PartyType ID="24">Transport</PartyType></PartyTypeValues>
<SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType><SanctionsType ID="2">Block</SanctionsType>
</SanctionsTypeValues></ReferenceValueSets>"""
    distinct, entries = [], []
    for party in parties:
        distinct.append(_distinct_party(party))
        entries.append(_entry(party))
    year, month, day_ = day
    issued = f"<Year>{year}</Year><Month>{month}</Month><Day>{day_}</Day>"
    return (
        f'<?xml version="1.0" standalone="yes"?>\n<Sanctions xmlns="{namespace}" Version="3">'
        f'<DateOfIssue CalendarTypeID="1">{issued}</DateOfIssue>{sets}<Locations><Location ID="1"/></Locations>'
        f"<DistinctParties>{''.join(distinct)}</DistinctParties><ProfileRelationships/>"
        f"<SanctionsEntries>{''.join(entries)}</SanctionsEntries></Sanctions>"
    )


def _distinct_party(party: Mapping[str, Any]) -> str:
    number = party["number"]
    kind = {"vessel": 31, "aircraft": 32, "entity": 33, "individual": 34}.get(party["type"], 99)
    groups: list[str] = []

    def documented(parts: Sequence[tuple[int, str]]) -> str:
        out = []
        for type_, part in parts:
            groups.append(f'<NamePartGroup ID="{number}{len(groups)}" NamePartTypeID="{type_}"/>')
            value = f'<NamePartValue NamePartGroupID="{number}{len(groups) - 1}" ScriptID="215">{part}</NamePartValue>'
            out.append(f"<DocumentedNamePart>{value}</DocumentedNamePart>")
        return f'<DocumentedName ID="1">{"".join(out)}</DocumentedName>'

    names = f'<Alias AliasTypeID="73" Primary="true">{documented(party["name"])}</Alias>'
    for type_, parts in party.get("aliases", ()):
        names += f'<Alias AliasTypeID="{type_}" Primary="false" LowQuality="true">{documented(parts)}</Alias>'
    master = "".join(f"<MasterNamePartGroup>{group}</MasterNamePartGroup>" for group in groups)
    features = '<Feature ID="5" FeatureTypeID="8"><FeatureVersion ID="6"/></Feature>'
    for place, (asset, address) in enumerate(party.get("wallets", ()), 1):
        detail = f'<VersionDetail DetailTypeID="1432">{address}</VersionDetail>'
        features += (
            f'<Feature ID="{number}{place}" FeatureTypeID="{FEATURES.get(asset, asset)}">'
            f'<FeatureVersion ID="7" ReliabilityID="1560"><Comment/>{detail}</FeatureVersion></Feature>'
        )
    return (
        f'<DistinctParty FixedRef="{number}"><Comment/><Profile ID="{number}" PartySubTypeID="{kind}">'
        f'<Identity ID="9{number}" Primary="true" False="false">{names}<NamePartGroups>{master}</NamePartGroups>'
        f"</Identity>{features}</Profile></DistinctParty>"
    )


def _entry(party: Mapping[str, Any]) -> str:
    if not (listed := party.get("listed")):
        return ""
    year, month, day = listed
    date = f'<Date CalendarTypeID="1"><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></Date>'
    measures = '<SanctionsMeasure ID="1" SanctionsTypeID="2"><DatePeriod/></SanctionsMeasure>' + "".join(
        f'<SanctionsMeasure ID="2" SanctionsTypeID="1"><Comment>{program}</Comment></SanctionsMeasure>'
        for program in party.get("programs", ())
    )
    event = f'<EntryEvent ID="3" EntryEventTypeID="61" LegalBasisID="4">{date}</EntryEvent>'
    return f'<SanctionsEntry ID="8" ProfileID="{party["number"]}" ListID="51">{event}{measures}</SanctionsEntry>'
