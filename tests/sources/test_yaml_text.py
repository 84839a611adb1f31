"""Reading YAML and JSON from outside: what it says stays what it says, and bombs do not go off."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, RecordError
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.json_text import parse_json
from workbench.ingest.reading.yaml_text import parse_yaml


def billion_laughs(levels: int) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_scalars_stay_text() -> None:
    text = "a: 0x098B716B8Aaf21512996dC57EB0615e2383E2f96\nc: NO\nd: 2021-12-23\ne: 0123\nf: ~\ng: '~'\nh: 1e9\ni:\n"
    assert parse_yaml(text, "x").value == {
        "a": "0x098B716B8Aaf21512996dC57EB0615e2383E2f96", "c": "NO", "d": "2021-12-23", "e": "0123",
        "f": None, "g": "~", "h": "1e9", "i": None,
    }  # fmt: skip


def test_lines_are_known() -> None:
    document = parse_yaml("tags:\n- a: 1\n\n- a: 2\n", "x")
    assert [document.line(tag) for tag in document.value["tags"]] == [2, 4]


def test_small_aliases_work() -> None:
    assert parse_yaml("a: &x [1, 2]\nb: *x\n", "x").value == {"a": ["1", "2"], "b": ["1", "2"]}


def test_alias_bomb_is_refused_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(InputError, match="aliases"):
        parse_yaml(billion_laughs(12), "bomb.yaml")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000 + "x"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_yaml(text, "deep.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['true']", "a: !include other.yaml", "a: &x [*x]", "a: *nobody",
        "a: 1\n---\nb: 2\n", "? [1, 2]\n: x", "a: [1", "a: \x01", "a: b: c", "\t- x", "&x a: 1\n*x : 2",
    ],
)  # fmt: skip
def test_what_is_not_plain_data_is_refused(text: str) -> None:
    with pytest.raises(InputError) as error:
        parse_yaml(text, "bad.yaml")
    assert "bad.yaml" in str(error.value)


def test_merge_keys_are_not_acted_upon() -> None:
    assert parse_yaml("a: &x {k: v}\nb: {<<: *x}\n", "x").value["b"] == {"<<": {"k": "v"}}


def test_repeated_keys_are_reported_and_both_kept() -> None:
    document = parse_yaml("a: 1\nb: 2\na: 3\na: 4\n", "x")
    assert document.repeated == [(3, "a"), (4, "a")]
    assert document.value == {"a": ["1", "3", "4"], "b": "2"}


def test_empty_document_is_nothing() -> None:
    assert parse_yaml("", "x").value is None


@given(st.dictionaries(st.text("abcdefgh", min_size=1), st.lists(st.text("xyz 0-9:#'\"", max_size=20)), max_size=5))
def test_what_was_written_is_read(data: dict[str, list[str]]) -> None:
    import yaml

    assert parse_yaml(yaml.safe_dump(data, default_style='"'), "x").value == data


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a": NaN}', '{"a": -Infinity}', '{"a": ' + "9" * 5_000 + "}", "{", ""]
)
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_json(text, "x.json")


def test_fields_are_checked_and_accounted_for() -> None:
    fields = Fields({"a": " x ", "b": ["y", "y", " "], "c": 1, "d": "true", "e": "maybe", "f": "a\0b"})
    assert fields.required("a") == "x"
    assert fields.texts("b") == ("y",)
    assert fields.leftover() == ["c", "d", "e", "f"]
    assert fields.flag("d")
    assert not fields.flag("absent")
    for name in ("c", "f"):
        with pytest.raises(RecordError):
            fields.text(name)
    with pytest.raises(RecordError):
        fields.flag("e")
    with pytest.raises(RecordError):
        fields.required("absent")
    with pytest.raises(RecordError):
        Fields(["not", "a", "mapping"])
