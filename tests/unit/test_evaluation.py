"""The catalogue test: leak control, intervals, determinism, the page; and the figures on real ATT&CK."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from workbench.analysis.evaluation.attack import read_catalogue
from workbench.analysis.evaluation.catalogue import CatalogueResult, CatalogueTest, evaluate_catalogue, known_without
from workbench.analysis.evaluation.intervals import bootstrap_mean, wilson
from workbench.analysis.evaluation.packaged import packaged_accuracy, packaged_reuse
from workbench.analysis.evaluation.page import write_accuracy_json, write_accuracy_page
from workbench.errors import InputError

ATTACK = "mitre-attack/enterprise-attack-v18.1-reassembled.json.xz"


def thing(kind: str, number: int, name: str, *references: str, **more: Any) -> dict[str, Any]:
    cited = [{"source_name": r, "url": f"https://example.org/{r}"} for r in references]
    return {
        "type": kind, "id": f"{kind}--{number}", "name": name, "modified": "2025-01-01T00:00:00Z",
        "external_references": [{"source_name": "mitre-attack", "external_id": f"X{number}"}, *cited], **more,
    }  # fmt: skip


def relation(start: str, end: str, *references: str, kind: str = "uses", **more: Any) -> dict[str, Any]:
    made = thing("relationship", 0, "", *references, **more)
    return {
        **made,
        "id": f"relationship--{start}-{end}-{kind}",
        "relationship_type": kind,
        "source_ref": start,
        "target_ref": end,
    }


def bundle(tmp_path: Path, *more: dict[str, Any]) -> Path:
    """Two groups with five techniques each, and a campaign of each group."""
    objects = [thing("attack-pattern", n, f"T{n}") for n in range(10)]
    objects += [thing("intrusion-set", g, f"Group {g}") for g in (1, 2)]
    for g in (1, 2):
        mine = range(5 * (g - 1), 5 * g)
        objects += [relation(f"intrusion-set--{g}", f"attack-pattern--{n}", "old report") for n in mine]
        objects.append(thing("campaign", g, f"Campaign {g}", f"campaign report {g}"))
        objects += [relation(f"campaign--{g}", f"attack-pattern--{n}", f"campaign report {g}") for n in list(mine)[:3]]
        objects.append(relation(f"campaign--{g}", f"intrusion-set--{g}", f"verdict {g}", kind="attributed-to"))
    path = tmp_path / "attack.json.xz"
    path.write_bytes(lzma.compress(json.dumps({"objects": [*objects, *more]}).encode()))
    return path


def test_a_recognisable_campaign_is_recognised(tmp_path: Path) -> None:
    found = evaluate_catalogue(bundle(tmp_path))
    assert found.figures["top-1"].hits == 2
    assert found.reuse["technique"].seen == 6
    assert found.reuse["technique"].matched == 6


@pytest.mark.parametrize("references", [("campaign report 1",), ("verdict 1",), ("campaign report 1", "verdict 1")])
def test_a_relationship_cited_only_by_the_campaigns_own_references_is_removed(
    tmp_path: Path, references: tuple[str, ...]
) -> None:
    extra = relation("intrusion-set--2", "attack-pattern--0", *references)
    catalogue = read_catalogue(bundle(tmp_path, extra))
    first, second = catalogue.campaigns
    leaked = "attack-pattern--0"
    assert leaked not in known_without(catalogue, first, "only")["technique"].known["intrusion-set--2"]
    assert leaked in known_without(catalogue, second, "only")["technique"].known["intrusion-set--2"]


def test_a_relationship_with_another_reference_stays_but_not_under_the_strict_control(tmp_path: Path) -> None:
    shared = relation("intrusion-set--2", "attack-pattern--0", "campaign report 1", "old report")
    told = relation("intrusion-set--2", "attack-pattern--1", "old report", description="During campaign 1, …")
    catalogue = read_catalogue(bundle(tmp_path, shared, told))
    first = catalogue.campaigns[0]
    mild = known_without(catalogue, first, "only")["technique"].known["intrusion-set--2"]
    strict = known_without(catalogue, first, "any")["technique"].known["intrusion-set--2"]
    assert {"attack-pattern--0", "attack-pattern--1"} <= mild
    assert not {"attack-pattern--0", "attack-pattern--1"} & strict


def test_one_report_under_two_names_is_one_report(tmp_path: Path) -> None:
    extra = relation("intrusion-set--2", "attack-pattern--0")
    extra["external_references"] = [{"source_name": "Another name", "url": "http://www.example.org/campaign report 1/"}]
    catalogue = read_catalogue(bundle(tmp_path, extra))
    known = known_without(catalogue, catalogue.campaigns[0], "only")["technique"].known["intrusion-set--2"]
    assert "attack-pattern--0" not in known


def test_the_left_out_campaign_takes_no_part_in_the_counts(tmp_path: Path) -> None:
    test = CatalogueTest(read_catalogue(bundle(tmp_path)))
    campaign = test.catalogue.campaigns[0]
    assert test.reuse("technique", but=campaign).seen == 3
    assert test.reuse("technique").seen == 6


def test_dead_objects_and_relationships_take_no_part(tmp_path: Path) -> None:
    dead = thing("intrusion-set", 3, "Gone", revoked=True)
    stale = relation("intrusion-set--1", "attack-pattern--9", "old report", x_mitre_deprecated=True)
    catalogue = read_catalogue(bundle(tmp_path, dead, stale, relation("intrusion-set--3", "attack-pattern--9")))
    assert set(catalogue.groups) == {"intrusion-set--1", "intrusion-set--2"}
    assert len(catalogue.uses["intrusion-set--1"]) == 5


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"objects": [1]}', b'{"objects": [{"type": "x"}]}', b"\xfd7zXZ"]
)
def test_what_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("bad.json", "bad.json.xz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError):
            evaluate_catalogue(tmp_path / name)
    with pytest.raises(InputError):
        evaluate_catalogue(tmp_path / "absent.json")


def test_wilson_as_published() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81/263, 15/148, 0/20, 1/29
    for hits, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = wilson(hits, n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0).value is None


def test_the_bootstrap_resamples_groups_not_cases() -> None:
    values, clusters = [0.0, 1.0] * 20, ["one", "other"] * 20
    found = bootstrap_mean(values, clusters, seed=1)
    assert (found.low, found.high) == (0.0, 1.0)
    assert bootstrap_mean(values, clusters, seed=1) == found


def test_page_and_figures_are_written_alike_twice(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    pages = []
    for name in ("one", "two"):
        result = evaluate_catalogue(path)
        page = write_accuracy_page(tmp_path / f"{name}.md", result)
        data = write_accuracy_json(result, tmp_path / f"{name}.json")
        pages.append((page.read_text(), data.read_text()))
    assert pages[0] == pages[1]
    text = pages[0][0]
    assert result.catalogue.sha256 in text
    assert "make eval" in text
    assert "What this does not measure" in text
    figures = json.loads(pages[0][1])["figures"]
    assert figures["top-1"]["n"] == 2


def test_hostile_names_do_not_break_the_page(tmp_path: Path) -> None:
    bad = thing("campaign", 1, "<script>|x|\n# y", "campaign report 1")
    path = bundle(tmp_path)
    objects = [o for o in json.loads(lzma.open(path).read())["objects"] if o["id"] != "campaign--1"]
    path.write_bytes(lzma.compress(json.dumps({"objects": [*objects, bad]}).encode()))
    text = write_accuracy_page(tmp_path / "page.md", evaluate_catalogue(path)).read_text()
    assert "<script" not in text
    assert "\n# y" not in text


def test_the_packaged_figures_are_of_the_present_form() -> None:
    packaged = packaged_accuracy()
    assert packaged is not None
    for figure in packaged["figures"].values():
        assert figure["n"] == 0 or figure["low"] <= figure["value"] <= figure["high"]
    assert 0 < packaged_reuse()["technique"].rate < 1


@pytest.fixture(scope="module")
def real(shared: Path) -> CatalogueResult:
    return evaluate_catalogue(shared / ATTACK)


def test_real_attack_has_24_attributed_campaigns_and_the_weights_beat_the_baselines(real: CatalogueResult) -> None:
    # ATT&CK v18.1: 172 live groups, 25 attributions of 24 campaigns (SPACEHOP is given to two groups).
    assert len(real.catalogue.groups) == 172
    assert len(real.predictions) == 24
    assert sum(len(p.groups) for p in real.predictions) == 25
    top = real.figures["top-1"].hits or 0
    assert top > (real.baselines["Jaccard similarity"].hits or 0)
    assert top > (real.baselines["majority class, counted with the answers (flattered)"].hits or 0)
    loss, base = real.figures["log loss"].value, real.figures["log loss of the prior alone"].value
    assert loss is not None
    assert base is not None
    assert loss < base


def test_the_strict_leak_control_never_knows_more(real: CatalogueResult) -> None:
    mild, strict = CatalogueTest(real.catalogue), CatalogueTest(real.catalogue, control="any")
    for campaign in real.catalogue.campaigns:
        for kind in ("technique", "software"):
            for group, left in strict.known[campaign.id][kind].known.items():
                assert left <= mild.known[campaign.id][kind].known[group]


def test_every_probability_given_is_one(real: CatalogueResult) -> None:
    for found in real.predictions:
        assert 0 < found.probability < 1
        assert 0 < found.truth <= found.probability + 1e-12 or not found.right
        assert len(set(found.ranking)) == len(real.catalogue.groups)
