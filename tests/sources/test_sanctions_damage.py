"""Files of sanctions lists with random damage: refused whole, or every row read or refused, and nothing else."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.sources.sanction_cases import advanced_xml, btc, eth, ofac_files
from tests.sources.test_eu_consolidated import ALL as EU_ENTRIES
from tests.sources.test_eu_consolidated import eu_xml
from tests.sources.test_ofac_advanced_xml import PARTIES as ADVANCED_PARTIES
from tests.sources.test_ofac_csv import ALIASES, PARTIES
from tests.sources.test_ofac_sdn_xml import GROUP, PERSON, SHIP, sdn_xml
from tests.sources.test_opensanctions import ALL as ENTITIES
from tests.sources.test_opensanctions import lines
from tests.sources.test_un_consolidated import PERSON as INDIVIDUAL
from tests.sources.test_un_consolidated import SAID, un_xml
from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile

FILES = {
    "ofac-csv": ofac_files(PARTIES, ALIASES, [101]),
    "ofac-advanced-xml": {"a.xml": advanced_xml(ADVANCED_PARTIES)},
    "ofac-sdn-xml": {"a.xml": sdn_xml(GROUP, PERSON, SHIP)},
    "un-consolidated": {"a.xml": un_xml(INDIVIDUAL.format(comment=SAID))},
    "eu-consolidated": {"a.xml": eu_xml(*EU_ENTRIES)},
    "opensanctions": {"a.json": lines(*ENTITIES)},
    "ofac-address-list": {"sanctioned_addresses_ETH.json": json.dumps([eth(1), btc(2)])},
}
WORDS = (b'"', b",", b"<", b">", b"&", b"\x00", b"\xff\xfe", b"\n", b"-0-", b"{", b"[", b"null", b"]]>", b"<!--", b";")


def damaged(text: str, chance: random.Random) -> bytes:
    """The text with up to a dozen bytes changed, put in, taken out or repeated."""
    data = bytearray(text.encode())
    for _ in range(chance.choice((0, 1, 2, 5, 12))):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            data[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            data[place:place] = chance.choice(WORDS)
        elif kind == 2:
            del data[place : place + chance.randrange(1, 60)]
        else:
            data[place:place] = data[place // 2 : place // 2 + chance.randrange(1, 200)]
    return bytes(data)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("seed", range(3))
def test_damage_costs_rows_or_the_file_and_crashes_nothing(tmp_path: Path, name: str, seed: int) -> None:
    chance = random.Random(f"{name} {seed}")
    for _ in range(25):
        for file_name, text in FILES[name].items():
            (tmp_path / file_name).write_bytes(damaged(text, chance))
        file = SourceFile(tmp_path / next(iter(FILES[name])))
        fmt, context = formats().named(name)(), Context()
        with suppress(InputError):
            assert 0 <= fmt.detect(file.sample(), file.name) <= 100
            for row in fmt.rows(file, context):
                assert row.where
                with suppress(RecordError, ValidationError):
                    assert list(fmt.records(json.loads(json.dumps(row.raw)), context))
