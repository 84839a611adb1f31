"""Makes the data of the bundled case from the original files; see docs/sources.md for what comes from where.

    python tools/make_bundle.py --data FOLDER --misp clusters/threat-actor.json

FOLDER has the original files under the names that `COPIED` and the functions below give; the MISP file is
from https://github.com/MISP/misp-galaxy. What is stated by hand is in `workbench/bundled/curated/`, and is not
touched. Afterwards the SHA-256 of every file is written into `workbench/bundled/manifest.toml`.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import lzma
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BUNDLED = Path(__file__).resolve().parent.parent / "workbench" / "bundled"
COPIED = {
    "dprk-incidents/official_attributions.csv": "dprk-incidents/official_attributions.csv",
    "dprk-incidents/documented_incidents.csv": "dprk-incidents/documented_incidents.csv",
    "fbi-bybit/fbi_psa250226_51.txt": "fbi-bybit/fbi_psa250226_51.txt",
    **{
        f"graphsense-tagpacks/{name}.yaml": f"graphsense/{name}.yaml"
        for name in ("lazarus", "lazarus2", "ronin_bridge", "sinbad_io", "blender_io")
    },
    **{
        f"mftracer-groundtruth/mit_dataset/{case}/{name}.csv": f"mftracer/{case}/{name}.csv"
        for case in ("Atomic", "LIFI")
        for name in (case, "source_addresses", "terminal_addresses")
    },
}
TECHNIQUE = re.compile(r"\((T\d{4}(?:\.\d{3})?)\)")
_VOLEXITY = "https://github.com/volexity/threat-intel/tree/a7eaa9d97a5d0c193f4a3ac99a6239e6ccc211de"
_ESET = "https://github.com/eset/malware-ioc/tree/f9c1102417f469167bcb40f24e14badeeaf9dc70/nukesped_lazarus"
_JPCERT = "https://github.com/JPCERTCC/Lazarus-research/blob/d0f953e1ad8f567fff4c03714ba51cc935f74d18"


def main() -> None:
    """Read the arguments and make everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the original files")
    parser.add_argument("--misp", type=Path, help="MISP galaxy clusters/threat-actor.json; its file stays when absent")
    arguments = parser.parse_args()
    for origin, target in COPIED.items():
        (BUNDLED / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(arguments.data / origin, BUNDLED / target)
    attack = json.loads(lzma.decompress(
        (arguments.data / "mitre-attack/enterprise-attack-v18.1-reassembled.json.xz").read_bytes()
    ))  # fmt: skip
    techniques = _attack(attack["objects"])
    _six_bitcoin(arguments.data / "graphsense-tagpacks/lazarus2.yaml")
    _ronin(arguments.data / "lazarus-ronin-dune/LazarusGroup.txt")
    if arguments.misp:
        _misp(json.loads(arguments.misp.read_text("utf-8")))
    _infrastructure(arguments.data / "dprk-iocs")
    _jpcert(arguments.data / "dprk-iocs/jpcert/MITRE_ATTCK_Mapping.md", techniques)
    _write_hashes(BUNDLED / "manifest.toml")


def _attack(objects: list[dict[str, Any]]) -> set[str]:
    """Groups, software, techniques, campaigns, what groups and campaigns use, who campaigns are given to; and
    the techniques of the software that North Korean groups use. Returns the ids of all live techniques."""
    entries = {"intrusion-set", "malware", "tool", "attack-pattern", "campaign"}
    kept = {o["id"]: o for o in objects if o["type"] in entries}
    korean = {i for i, o in kept.items() if o["type"] == "intrusion-set" and _is_korean(o) and not o.get("revoked")}
    relations = [o for o in objects if o["type"] == "relationship" and _ends(o) <= kept.keys()]
    theirs = {o["target_ref"] for o in relations if o["source_ref"] in korean and o["relationship_type"] == "uses"}
    described = korean | {i for i, o in kept.items() if o["type"] == "campaign"}
    wanted = [o for o in relations if _wanted(o, theirs)]
    slim = [_slim_entry(o, i in described) for i, o in sorted(kept.items())]
    slim += [_slim_relation(o) for o in sorted(wanted, key=lambda o: str(o["id"]))]
    bundle = {
        "type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000182", "spec_version": "2.0",
        "x_notice": "Excerpt of MITRE ATT&CK, Enterprise, v18.1. © 2025 The MITRE Corporation. This work is "
        "reproduced and distributed with the permission of The MITRE Corporation. See NOTICE.",
        "objects": slim,
    }  # fmt: skip
    text = json.dumps(bundle, ensure_ascii=False, separators=(",", ":"))
    _write("mitre-attack/enterprise-attack-18.1-excerpt.json.xz", lzma.compress(text.encode(), preset=9))
    live = (o for o in kept.values() if o["type"] == "attack-pattern" and not o.get("revoked"))
    return {str(_attack_reference(o)["external_id"]) for o in live if not o.get("x_mitre_deprecated")}


def _is_korean(group: dict[str, Any]) -> bool:
    return "north korea" in str(group.get("description", "")).lower()


def _ends(relation: dict[str, Any]) -> set[str]:
    return {relation["source_ref"], relation["target_ref"]}


def _wanted(relation: dict[str, Any], software: set[str]) -> bool:
    kind, source = relation["relationship_type"], relation["source_ref"]
    if kind == "uses":
        return source.startswith(("intrusion-set", "campaign")) or source in software
    return kind in ("attributed-to", "revoked-by", "subtechnique-of")


def _attack_reference(item: dict[str, Any]) -> dict[str, Any]:
    return next(r for r in item["external_references"] if r.get("source_name", "").startswith("mitre"))


def _slim_entry(item: dict[str, Any], described: bool) -> dict[str, Any]:
    names = (
        "type", "id", "name", "aliases", "x_mitre_aliases", "revoked", "x_mitre_deprecated", "x_mitre_domains",
        "modified", "first_seen", "last_seen", *(["description"] if described else []),
    )  # fmt: skip
    made = {name: item[name] for name in names if item.get(name) not in (None, False)}
    # What a campaign cites decides which knowledge of a group came from it (leak control of the evaluation).
    cited = [r for r in item["external_references"] if item["type"] == "campaign" and r != _attack_reference(item)]
    made["external_references"] = [_attack_reference(item), *map(_slim_reference, cited)]
    if phases := item.get("kill_chain_phases"):
        made["kill_chain_phases"] = phases
    return made


def _slim_relation(item: dict[str, Any]) -> dict[str, Any]:
    """The citations move from the text of the description into the list of references."""
    names = ("type", "id", "relationship_type", "source_ref", "target_ref", "revoked", "x_mitre_deprecated")
    made = {name: item[name] for name in names if item.get(name) not in (None, False)}
    listed = {r["source_name"].strip(): r for r in item.get("external_references", []) if r.get("source_name")}
    cited = set(listed) | set(re.findall(r"\(Citation: ([^()]*(?:\([^()]*\)[^()]*)*)\)", item.get("description") or ""))
    if cited := {name.strip() for name in cited}:
        made["external_references"] = [
            _slim_reference(listed.get(name, {"source_name": name})) for name in sorted(cited)
        ]
    return made


def _slim_reference(reference: dict[str, Any]) -> dict[str, Any]:
    return {name: reference[name] for name in ("source_name", "url") if reference.get(name)}


def _six_bitcoin(pack: Path) -> None:
    """The six addresses of the FBI's statement of 22 August 2023, as GraphSense's TagPack carries them."""
    addresses = re.findall(r"^- address: (\S+)$", pack.read_text("utf-8"), re.MULTILINE)
    head = """\
# The statement says the actors moved about 1,580 bitcoin from several thefts to these addresses.
# source: fbi-2023-08-22
# title: Statement of 22 August 2023
# publisher: FBI
# kind: authority
# url: https://www.fbi.gov/news/press-releases/fbi-identifies-cryptocurrency-funds-stolen-by-dprk
# licence: public statement of an authority; facts
# published: 2023-08-22
# network: btc
# listing: published
# group: fbi:tradertraitor TraderTraitor
# confidence: 90
# method: statement
"""
    _write("fbi-2023-08-22/six_bitcoin_addresses.txt", (head + "\n".join(addresses) + "\n").encode())


def _ronin(origin: Path) -> None:
    head = """\
# source: dspytdao-eth-data
# title: Eth_Data: LazarusGroup.txt
# publisher: dspytdao
# kind: researcher
# url: https://github.com/dspytdao/Eth_Data
# licence: MIT
# network: eth
# listing: tagged
# label: Lazarus Group (OFAC sanctions data)
# group: dspytdao:lazarus-group Lazarus Group
# confidence: 50
# method: researcher's copy of a sanctions list
# evidence: https://home.treasury.gov/policy-issues/financial-sanctions/recent-actions/20220506
"""
    _write("ronin/LazarusGroup.txt", (head + origin.read_text("utf-8").strip() + "\n").encode())


def _misp(galaxy: dict[str, Any]) -> None:
    """The threat actors that MISP gives to North Korea, with every synonym it lists."""
    source = {
        "source": "misp-threat-actor", "source_title": "MISP galaxy: threat actor", "source_publisher": "MISP project",
        "source_kind": "catalogue", "source_url": "https://www.misp-galaxy.org/threat-actor/",
        "source_licence": "CC0-1.0",
    }  # fmt: skip
    rows = []
    korean = [value for value in galaxy["values"] if value.get("meta", {}).get("country") == "KP"]
    ids = {value["uuid"]: f"misp:{value['uuid']}" for value in korean}
    for value in korean:
        synonyms = sorted({s.strip() for s in value["meta"].get("synonyms", [])} - {value["value"]})
        same = sorted(f"mitre:{s}" for s in synonyms if re.fullmatch(r"G\d{4}", s))
        parts = (other["dest-uuid"] for other in value.get("related", []) if other["type"] == "part-of")
        whole = sorted(ids[uuid] for uuid in parts if uuid in ids)
        rows.append({
            "id": ids[value["uuid"]], "name": value["value"], "aliases": "; ".join(synonyms),
            "same_as": "; ".join(same), "part_of": "; ".join(whole), **source,
        })  # fmt: skip
    _write_csv("misp/threat_actors_kp.csv", sorted(rows, key=lambda row: str(row["id"])))


def _infrastructure(folder: Path) -> None:
    rows = [*_volexity(folder / "volexity"), *_eset(folder / "eset/nukesped_lazarus_README.adoc")]
    _write_csv("infrastructure/indicators.csv", rows)


def _volexity(folder: Path) -> Iterator[dict[str, str]]:
    cases = (
        ("2022-12-01_Buyer_Beware_-_Fake_Cryptocur__indicators.csv", "malware", "mitre:S0584", "2022-12-01",
         "2022/2022-12-01 Buyer Beware - Fake Cryptocurrency Applications Serving as Front for AppleJeus Malware"),
        ("2023-03-30_3CX__iocs.csv", "campaign", "mitre:C0057", "2023-03-30", "2023/2023-03-30 3CX"),
    )  # fmt: skip
    for name, column, points_to, date, page in cases:
        source = {
            "source": f"volexity-{date}", "source_title": page.split(" ", 1)[1], "source_publisher": "Volexity",
            "source_kind": "vendor", "source_url": f"{_VOLEXITY}/{page.replace(' ', '%20')}",
            "source_licence": "BSD-2-Clause", "source_published": date, "confidence": "70",
            "method": "vendor's indicators",
        }  # fmt: skip
        for row in csv.DictReader((folder / name).read_text("utf-8-sig").splitlines()):
            value = max(row["value"].split(","), key=lambda part: (len(part) in (32, 40, 64), len(part)))
            said = {"value": value, "label": row["description"], "concept": row["entity_type"]}
            yield {**said, column: points_to, **source}


def _eset(readme: Path) -> Iterator[dict[str, str]]:
    """The C&C servers of two cases; a compromised site's owner is a victim, so nothing is said to be the group's."""
    text = readme.read_text("utf-8")
    cases = (
        ("Lazarus luring employees with trojanized coding challenges", ""),
        ("3CX supply-chain compromise", "mitre:C0057"),
    )
    for title, campaign in cases:
        part = text.split(f"== {title}", 1)[1].split("\n== ", 1)[0]
        page = re.search(r"https://www\.welivesecurity\.com/\S+", part)
        source = {
            "source": "eset-malware-ioc", "source_title": "malware-ioc: Lazarus NukeSped IoCs",
            "source_publisher": "ESET",
            "source_kind": "vendor", "source_url": _ESET, "source_licence": "BSD-2-Clause", "confidence": "70",
            "method": "vendor's indicators", "evidence": page.group() if page else _ESET,
        }  # fmt: skip
        points = {"campaign": campaign} if campaign else {"indicates_group": "eset:lazarus"}
        network = part.split("=== Network", 1)[1].split("\n=== ", 1)[0]
        label = seen = ""
        for line in network.splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split("|")]
            if len(cells) < 5 or not cells[0].startswith("`"):
                if url := re.fullmatch(r"\| `\+(\S+)\+`", line.strip()):
                    said = {"value": url[1], "label": label, "concept": "C&C URL", "valid_from": seen}
                    yield {**said, **points, **source}
                continue
            label, seen = re.sub(r"[`]", "", cells[4]), cells[3] if cells[3][:2] == "20" else ""
            if "Remote OpenDrive storage" in label:
                continue  # a public file store: its addresses are everybody's
            for value in re.findall(r"`([^`]+)`", " ".join(cells[:2])):
                said = {"value": value, "label": label, "concept": "C&C server", "valid_from": seen}
                yield {**said, **points, **source}


def _jpcert(mapping: Path, live: set[str]) -> None:
    """Techniques by sub-campaign, as claims about the group as JPCERT/CC sees it."""
    text = mapping.read_text("utf-8").split("## Commonly used TTP")[0]
    source = {
        "source": "jpcert-lazarus-research", "source_title": "MITRE ATT&CK Mapping for Lazarus Group",
        "source_publisher": "JPCERT/CC", "source_kind": "researcher",
        "source_url": f"{_JPCERT}/TTP/MITRE_ATT&CK_Mapping.md",
        "source_licence": "BSD-3-Clause", "confidence": "70", "method": "observed by the source",
    }  # fmt: skip
    used: dict[str, set[str]] = {}
    for part in text.split("### ")[1:]:
        for technique in TECHNIQUE.findall(part):
            used.setdefault(technique, set()).add(part.split("\n", 1)[0].strip())
    rows = [
        {
            "type": "USES", "subject_label": "ActorGroup", "subject": "jpcert:lazarus-group",
            "object_label": "Technique", "object": f"mitre:{technique}",
            "citations": "; ".join(sorted(campaigns)), **source,
        }
        for technique, campaigns in sorted(used.items())
        if technique in live
    ]  # fmt: skip
    _write_csv("jpcert/techniques.csv", rows)


def _write_csv(name: str, rows: Iterable[dict[str, str]]) -> None:
    found = list(rows)
    columns = list(dict.fromkeys(column for row in found for column in row))
    (BUNDLED / name).parent.mkdir(parents=True, exist_ok=True)
    with (BUNDLED / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def _write(name: str, data: bytes) -> None:
    (BUNDLED / name).parent.mkdir(parents=True, exist_ok=True)
    (BUNDLED / name).write_bytes(data)


def _write_hashes(manifest: Path) -> None:
    """Put the SHA-256 of every file behind its `file = …` line."""
    lines = []
    for line in manifest.read_text("utf-8").splitlines():
        if line.startswith("sha256 = "):
            continue
        lines.append(line)
        if match := re.fullmatch(r'file = "(.+)"', line):
            lines.append(f'sha256 = "{hashlib.sha256((BUNDLED / match[1]).read_bytes()).hexdigest()}"')
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
