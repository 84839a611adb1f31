"""The schema in the database: constraints, versions, and writes generated from the same data."""

import pytest

from workbench.errors import SchemaError, StatementError
from workbench.graph.migrations import ensure_schema, stored_version
from workbench.graph.schema import SCHEMA_VERSION, constraints, edge_kinds, node_kinds


def test_every_node_and_relationship_key_is_unique(store):
    names = {row[0] for row in store.read("SHOW CONSTRAINTS YIELD name RETURN name").rows}
    wanted = {statement.split()[2] for statement in constraints() if "CONSTRAINT" in statement}
    assert wanted <= names
    assert len(wanted) == len(node_kinds()) + len(edge_kinds()) + 1


def test_a_second_open_does_nothing(store):
    assert ensure_schema(store) == SCHEMA_VERSION


def test_a_newer_schema_is_refused_and_left_alone(store):
    store.write("MATCH (m:WorkbenchMeta {key: 'schema'}) SET m.version = 99")
    try:
        with pytest.raises(SchemaError, match="99"):
            ensure_schema(store)
        assert stored_version(store) == 99
    finally:
        store.write("MATCH (m:WorkbenchMeta {key: 'schema'}) SET m.version = $v", {"v": SCHEMA_VERSION})


def test_two_edges_cannot_share_a_key(store):
    store.write("CREATE (:Wallet {id: 'a'})-[:SENT {id: 's'}]->(:Wallet {id: 'b'})")
    with pytest.raises(StatementError):
        store.write("MATCH (a:Wallet {id: 'b'}), (b:Wallet {id: 'a'}) CREATE (a)-[:SENT {id: 's'}]->(b)")
