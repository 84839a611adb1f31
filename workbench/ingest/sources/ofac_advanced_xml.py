"""OFAC's lists as advanced XML: sdn_advanced.xml and cons_advanced.xml, in their old namespace and in the new one.

What a number means is said by the file itself, in its ReferenceValueSets: which FeatureType is `Digital Currency
Address - XBT`, which PartySubType is a vessel, which EntryEventType a listing. No number is known to this format.
The file is read twice, as a stream: the sets and the SanctionsEntries stand before and after the parties, and both
are needed to read one.

The day of an entry's event is the day on which the *party* was listed: `valid_from` of its LISTED_BY. Its wallets
are often added years later, without a date of their own, so theirs have none. The day of issue is the edition.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.xml_stream import children, items, local, root_of, text
from workbench.ingest.sanctions.designations import DesignationList, Unknowns
from workbench.ingest.sanctions.ofac import FEATURE, OFAC, PAGE, asset_of

NAMESPACES = (
    "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML",
    "http://www.un.org/sanctions/1.0",
    "https://www.un.org/sanctions/1.0",
)
SETS = (
    "FeatureType", "PartyType", "PartySubType", "AliasType", "NamePartType", "List", "EntryEventType", "SanctionsType",
)  # fmt: skip
PARTY_TYPES = {"individual": "individual", "entity": "entity", "vessel": "vessel", "aircraft": "aircraft"}
SURNAMES = frozenset(("Last Name", "Maiden Name", "Patronymic", "Matronymic"))
ALIASES = {"a.k.a.": "aka", "f.k.a.": "fka", "n.k.a.": "nka", "name": "name"}
_LISTED, _DELISTED = frozenset(("created", "listed")), frozenset(("removed", "delisted"))


@dataclass
class Entry:
    """What the sanctions entries say of one profile."""

    lists: set[str] = field(default_factory=set)
    programs: list[str] = field(default_factory=list)
    listed_on: str | None = None
    delisted_on: str | None = None


class OfacAdvancedXml(DesignationList):
    """One edition of the SDN list or of the consolidated list."""

    name = "ofac-advanced-xml"
    title = "OFAC sdn_advanced.xml"
    doc = "OFAC's lists with the dates of listing, as the advanced XML has them."
    expected = Expected(min_rows=1, max_quarantined_share=0.1)
    describes = "ofac"
    publisher = OFAC
    page = PAGE
    reads = {
        "DateOfIssue": "the edition",
        "ReferenceValueSets": "what the numbers in the file mean",
        "DistinctParty/Profile": "a Person or Organisation, `ofac:<ID of the profile>`",
        "Profile/@PartySubTypeID": "Person, or the kind of Organisation",
        "Identity/Alias/DocumentedName": "NAMED: the primary one as its name, the others as aliases, in any script",
        "Feature (Digital Currency Address)": "a Wallet: LISTED_BY with the asset as stated, ATTRIBUTED_TO the party",
        "SanctionsEntry/EntryEvent/Date": "`valid_from` of the party's LISTED_BY (`valid_to` where it is a removal)",
        "SanctionsEntry/SanctionsMeasure": "`program`, where its type is Program",
    }
    ignores = {
        "Locations, IDRegDocuments": "postal addresses and passports",
        "Feature (any other)": "birth dates, websites, particulars of ships",
        "ProfileRelationships": "relations between parties are not loaded",
        "SanctionsEntryLinks, SanctionsEntryReference, ExternalReference, Comment": "nothing for the graph",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A root element Sanctions in one of the namespaces, or with the sets of reference values."""
        start = sample[:4_000]
        if "<Sanctions" not in start:
            return 0
        return 95 if any(name in start for name in NAMESPACES) or "<ReferenceValueSets" in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every party, then its further names and its wallets."""
        reader = _Reader(context)
        edition = reader.learn(file)
        lists = {name for entry in reader.entries.values() for name in entry.lists}
        sdn = {name for name in lists if name.casefold().startswith("sdn")}
        which = "cons" if not sdn and lists else "sdn" if sdn == lists else "all"
        self.begin(f"ofac-{which}-advanced", edition, context)
        if root_of(file).namespace not in NAMESPACES:
            reader.tell("a namespace that is none of OFAC's", root_of(file).namespace)
        for item in items(file, ("DistinctParty",)):
            yield from reader.party(item.element, f"party {item.element.get('FixedRef') or item.number}")


class _Reader:
    """Reads parties by what the file itself says about its numbers."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sets: dict[str, dict[str, str]] = {name: {} for name in SETS}
        self.party_types: dict[str, str] = {}
        self.entries: dict[str, Entry] = defaultdict(Entry)
        self.told: set[str] = set()
        self.unknowns = Unknowns(
            ("Profile", "Comment", "Identity", "Feature", "SanctionsEntryReference", "ExternalReference"),
            ("DistinctPartyReference",),
        )

    def learn(self, file: SourceFile) -> str | None:
        """The first reading: sets of values and sanctions entries. Returns the day of issue."""
        issued: str | None = None
        raw: list[tuple[str, list[Any], list[tuple[str, str]], str]] = []
        for item in items(file, (*SETS, "DateOfIssue", "SanctionsEntry")):
            element = item.element
            if item.name == "DateOfIssue":
                issued = _day(element)
            elif item.name == "SanctionsEntry":
                events = [
                    (event.get("EntryEventTypeID") or "", day)
                    for event in children(element, "EntryEvent")
                    for day in map(_day, children(event, "Date"))
                ]
                measures = [(m.get("SanctionsTypeID") or "", text(m, "Comment")) for m in
                            children(element, "SanctionsMeasure")]  # fmt: skip
                raw.append((element.get("ProfileID") or "", events, measures, element.get("ListID") or ""))
            elif number := element.get("ID"):
                self.sets[item.name][number] = (element.text or "").strip()
                if item.name == "PartySubType":
                    self.party_types[number] = element.get("PartyTypeID") or ""
        if issued is None:
            self.tell("the file gives no day of issue: its edition is not known", "")
        for profile, events, measures, list_ in raw:
            self._entry(self.entries[profile], events, measures, list_)
        return issued

    def _entry(self, entry: Entry, events: list[Any], measures: list[tuple[str, str]], list_: str) -> None:
        entry.lists.add(self.sets["List"].get(list_, list_))
        for type_, day in events:
            word = self.sets["EntryEventType"].get(type_, f"EntryEventTypeID {type_}")
            if word.casefold() in _LISTED:
                entry.listed_on = min(filter(None, (entry.listed_on, day)), default=None)
            elif word.casefold() in _DELISTED:
                entry.delisted_on = max(filter(None, (entry.delisted_on, day)), default=None)
            else:
                self.tell("an event of an entry that is neither a listing nor a removal is left out", word)
        for type_, comment in measures:
            program = comment.strip()
            if self.sets["SanctionsType"].get(type_, "").casefold() == "program" and program not in entry.programs:
                entry.programs.append(program)

    def party(self, element: Element, where: str) -> Iterator[Row]:
        """The rows of one DistinctParty."""
        self.unknowns.tell((local(child.tag) for child in element), self.context)
        profiles = children(element, "Profile")
        if not profiles:
            yield Row(where, {"is": "party", "problem": "no profile", "number": element.get("FixedRef")})
        for profile in profiles:
            self.unknowns.tell((local(child.tag) for child in profile), self.context)
            number = profile.get("ID") or element.get("FixedRef")
            name, others = self._names(profile)
            party: dict[str, Any] = {"number": number, "name": name, "type": self._type(profile)}
            if (entry := self.entries.get(number or "")) is None:
                problem = "no sanctions entry: named in the file, and not said to be sanctioned"
                yield Row(where, {"is": "party", **party, "problem": problem, "value": name})
                continue
            program = "; ".join(entry.programs) or None
            dates = {"listed_on": entry.listed_on, "delisted_on": entry.delisted_on}
            yield Row(where, {"is": "party", **party, "program": program, **dates})
            for place, (kind, alias) in enumerate(others, 1):
                yield Row(f"{where}, name {place}", {"is": "alias", **party, "alias": alias, "kind": kind})
            beside = children(element, "Feature") if profile is profiles[0] else []
            for feature in [*children(profile, "Feature"), *beside]:
                yield from self._wallets(feature, where, {**party, "program": program})

    def _wallets(self, feature: Element, where: str, party: Mapping[str, Any]) -> Iterator[Row]:
        type_ = feature.get("FeatureTypeID") or ""
        name = self.sets["FeatureType"].get(type_)
        if name is None:
            self.tell("a feature of a type the file does not explain is left out: it may be a wallet", type_)
            return
        asset = asset_of(name)
        if asset is None:
            if FEATURE.casefold() in name.casefold():
                self.tell("a feature that speaks of digital currency in another form is left out", name)
            return
        details = children(feature, "FeatureVersion", "VersionDetail")
        for detail in details or [feature]:
            address = (detail.text or "").strip() if details else ""
            row = {"is": "wallet", **party, "asset": asset, "address": address}
            yield Row(f"{where}, feature {feature.get('ID') or type_}", row)

    def _names(self, profile: Element) -> tuple[str, list[tuple[str, str]]]:
        """The name of a profile, and the others with their kinds (aka, fka, nka; name: in another script)."""
        name, others = "", []
        for identity in children(profile, "Identity"):
            groups = children(identity, "NamePartGroups", "MasterNamePartGroup", "NamePartGroup")
            parts = {g.get("ID"): self.sets["NamePartType"].get(g.get("NamePartTypeID") or "", "") for g in groups}
            for alias in children(identity, "Alias"):
                word = self.sets["AliasType"].get(alias.get("AliasTypeID") or "", alias.get("AliasTypeID") or "")
                primary = alias.get("Primary") == "true" and identity.get("Primary", "true") == "true"
                for spelling in children(alias, "DocumentedName"):
                    written = _spelling(spelling, parts)
                    if primary and not name:
                        name = written
                    elif written:
                        others.append((ALIASES.get(word.casefold(), word), written))
        return name, others

    def _type(self, profile: Element) -> str:
        """The kind of party: its sub-type says vessel or aircraft, and where it says nothing the type decides."""
        number = profile.get("PartySubTypeID") or ""
        word = self.sets["PartySubType"].get(number, "")
        if word.casefold() not in PARTY_TYPES:
            word = self.sets["PartyType"].get(self.party_types.get(number, ""), word or f"PartySubTypeID {number}")
        return PARTY_TYPES.get(word.casefold(), word)

    def tell(self, reason: str, value: str) -> None:
        """Warn once of something about the file."""
        if (key := f"{reason} {value}") not in self.told:
            self.told.add(key)
            self.context.where = "whole file"
            self.context.warn(reason, value=value or None)


def _spelling(spelling: Element, parts: Mapping[str | None, str]) -> str:
    """A name as OFAC prints it: `SURNAME, Given Names` for people, the parts in their order for others."""
    surnames: list[str] = []
    others: list[str] = []
    for value in children(spelling, "DocumentedNamePart", "NamePartValue"):
        kind = parts.get(value.get("NamePartGroupID"), "")
        (surnames if kind in SURNAMES else others).append((value.text or "").strip())
    return ", ".join(part for part in (" ".join(filter(None, surnames)), " ".join(filter(None, others))) if part)


def _day(element: Element) -> str | None:
    """The day in Year, Month and Day; None where it is not whole."""
    year, month, day = (text(element, name).strip() for name in ("Year", "Month", "Day"))
    whole = year.isdigit() and month.isdigit() and day.isdigit()
    return f"{int(year):04d}-{int(month):02d}-{int(day):02d}" if whole else None
