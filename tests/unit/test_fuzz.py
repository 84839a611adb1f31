"""A short fuzzing of every format that has a small real file or a template; `make fuzz` does it for ten minutes."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzzing import Seed, damaged, read, run, seeds
from workbench.ingest.format import formats

CASES = 600


def test_damaged_files_are_read_or_refused_and_never_crash(shared: Path, tmp_path: Path) -> None:
    found = seeds(shared, Path(__file__).parent.parent / "data")
    done, faults = run(found, range(CASES), random.Random(20261123), tmp_path)
    assert faults == []
    assert sum(counts["cases"] for counts in done.values()) == CASES
    assert sum(counts["refused"] for counts in done.values()) > CASES, "the damage is felt"


def test_the_fuzzer_sees_a_crash(tmp_path: Path) -> None:
    class Careless(formats().by_name["theft-list"]):  # type: ignore[misc]
        def records(self, raw: object, context: object) -> list[object]:
            raise KeyError("a slip")

    seed = Seed(Careless, Path("list.txt"), b"BTC 1BskZr9N4V8fHeB28sNGGCPH7usBGboS15 $1,871,716\n" * 20)
    _, faults = run([seed], range(3), random.Random(1), tmp_path)
    assert faults
    assert "KeyError" in faults[0]


def test_damage_can_be_made_again_from_its_seed(tmp_path: Path) -> None:
    content = b'{"a": [1, 2, {"b": "c"}], "d": "e"}\nx,y,z\n'
    assert damaged(content, random.Random(5)) == damaged(content, random.Random(5))
    path = tmp_path / "list.txt"
    path.write_text("BTC 1BskZr9N4V8fHeB28sNGGCPH7usBGboS15 $1,871,716\nBTC 1BskZr9N4V8fHeB28sNGGCPH7usBGboS16 $1\n")
    assert read(formats().by_name["theft-list"], path) == (2, 1)
