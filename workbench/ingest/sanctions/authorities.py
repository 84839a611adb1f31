"""Authorities whose lists come in several formats, or through others: described once."""

from __future__ import annotations

from workbench.ingest.sanctions.ofac import OFAC
from workbench.model.nodes import Source

EU = Source(
    id="eu",
    title="Consolidated list of persons, groups and entities subject to EU financial sanctions",
    publisher="European Commission, DG FISMA",
    kind="authority",
    url="https://data.europa.eu/data/datasets/consolidated-list-of-persons-groups-and-entities-subject-to-eu-"
    "financial-sanctions",
    licence="reuse authorised (Commission Decision 2011/833/EU)",
)
UN = Source(
    id="un-sc",
    title="United Nations Security Council Consolidated List",
    publisher="United Nations Security Council",
    kind="authority",
    url="https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
)
OF_DATASET = {"us_ofac_sdn": OFAC, "us_ofac_cons": OFAC, "eu_fsf": EU, "un_sc_sanctions": UN}
"""OpenSanctions' names of data sets → whose list each copies."""
