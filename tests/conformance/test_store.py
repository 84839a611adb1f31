"""The store: reads, streams, limits, and errors that never show parameters."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from neo4j.exceptions import ConstraintError, ResultFailedError

from workbench.errors import LimitError, StatementError, UnreachableError
from workbench.graph.store import Store, _ours


def test_values_come_back_as_they_went_in(store):
    moment = datetime(2023, 6, 2, 21, 49, 23, 123000, tzinfo=UTC)
    values = {"text": "Ünïcödé '\"`", "number": 2**62, "float": 0.1, "flag": True, "none": None, "list": ["a", "b"]}
    row = store.read("RETURN $values AS v, $moment AS m", {"values": values, "moment": moment}).rows[0]
    assert row == (values, moment)
    assert row[1].tzinfo is UTC


def test_a_row_cap_says_that_it_bit(store):
    assert store.read("UNWIND range(1, 10) AS i RETURN i", limit=10).capped is False
    capped = store.read("UNWIND range(1, 11) AS i RETURN i", limit=10)
    assert capped.capped is True
    assert len(capped.rows) == 10


def test_no_rows_still_have_columns(store):
    result = store.read("MATCH (n:Nothing) RETURN n.id AS id, n.name AS name")
    assert result.columns == ("id", "name")
    assert result.to_frame().empty


def test_a_long_statement_is_ended_by_its_time_limit(store):
    with pytest.raises(LimitError, match="limit"):
        store.read("UNWIND range(1, 1000000000) AS i WITH i WHERE i % 7 = 8 RETURN count(i)", timeout=0.5)


def test_an_error_carries_the_statement_and_not_the_parameters(store):
    with pytest.raises(StatementError) as caught:
        store.read("RETURN toInteger($secret) + nonsense AS x", {"secret": "hunter2"})
    assert "nonsense" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_constraint_message_does_not_show_the_value(store):
    store.write("CREATE (:Wallet {id: $id})", {"id": "secret-wallet"})
    with pytest.raises(StatementError) as caught:
        store.write("CREATE (:Wallet {id: $id})", {"id": "secret-wallet"})
    assert "secret-wallet" not in str(caught.value)


def test_an_error_told_while_the_transaction_closes_is_still_the_servers(store):
    """The driver then raises ResultFailedError; loaders retry by the code of what it hides."""
    statement = "CREATE (:Wallet {id: 'secret-wallet'})"
    store.write(statement)

    def reads_on(tx):
        other = tx.run("UNWIND range(1, 10000) AS i RETURN i")
        with suppress(ConstraintError):
            tx.run(statement).consume()
        list(other)

    session = store._driver.session(fetch_size=10)
    with session, pytest.raises(StatementError, match="taken already") as caught:
        with _ours(statement):
            session.execute_write(reads_on)
    assert caught.value.code == "Neo.ClientError.Schema.ConstraintValidationFailed"
    assert isinstance(caught.value.__cause__, ResultFailedError)


def test_a_read_cannot_write(store):
    with pytest.raises(StatementError):
        store.read("CREATE (n:Wallet {id: 'x'}) RETURN n.id AS id")
    assert store.read("MATCH (n:Wallet) RETURN count(n) AS n").rows == [(0,)]


def test_a_stream_gives_every_row(store):
    total = sum(row[0] for row in store.stream("UNWIND range(1, 20000) AS i RETURN i", fetch_size=500))
    assert total == 20_000 * 20_001 // 2


def test_nobody_there_is_said_in_words():
    with Store("bolt://127.0.0.1:1", "neo4j", "x") as nobody, pytest.raises(UnreachableError, match="does not answer"):
        nobody.version()


def test_a_wrong_password_is_unreachable(server):
    uri, user, _ = server
    with Store(uri, user, "wrong-password") as locked_out, pytest.raises(UnreachableError):
        locked_out.read("RETURN 1 AS one")
