"""Transactions, journals, watching and errors of long work on a database."""

from contextlib import closing

import apsw
import pytest

from connector_host.c1z import sqlite_connections, transactions
from connector_host.errors import FileError


@pytest.fixture
def db(tmp_path):
    with closing(apsw.Connection(str(tmp_path / "a.db"))) as connection:
        connection.pragma("journal_mode", "wal")
        connection.execute("create table t (a unique)")
        yield connection


def put(db, *rows, then=None):
    """Insert rows as a transaction, and fail at its end if asked to."""
    with transactions.transaction(db):
        for row in rows:
            db.execute("insert into t values (?)", (row,))
        if then:
            raise then


def values(db):
    return [value for (value,) in db.execute("select a from t order by a")]


def test_a_transaction_is_all_or_nothing(db):
    put(db, 1)
    with pytest.raises(apsw.ConstraintError):
        put(db, 2, 1)
    assert db.getautocommit()
    assert values(db) == [1]


def test_a_transaction_within_another_undoes_its_own_part(db):
    with transactions.transaction(db):
        db.execute("insert into t values (1)")
        with pytest.raises(KeyboardInterrupt):
            put(db, 2, then=KeyboardInterrupt)
        put(db, 3)
    assert values(db) == [1, 3]


def test_the_error_with_which_sqlite_has_rolled_back_comes_through(db):
    db.pragma("max_page_count", 12)
    with pytest.raises(apsw.FullError):
        put(db, *(f"{number}" * 50 for number in range(1000)))
    assert db.getautocommit()
    with (
        pytest.raises(FileError, match="the file cannot be written") as caught,
        transactions.on_disk_errors("the file"),
    ):
        raise apsw.FullError("disk full")
    assert "Make room" in caught.value.hint


def test_the_rollback_journal_is_for_the_block_only(db, tmp_path):
    with sqlite_connections.rollback_journal(db):
        assert db.pragma("journal_mode") == "delete"
        db.execute("insert into t values (1)")
        assert not (tmp_path / "a.db-wal").exists()
    assert db.pragma("journal_mode") == "wal"
    with pytest.raises(ValueError, match="x"), sqlite_connections.rollback_journal(db):
        raise ValueError("x")
    assert db.pragma("journal_mode") == "wal"


def test_a_database_open_elsewhere_keeps_its_log(db, tmp_path):
    with closing(apsw.Connection(str(tmp_path / "a.db"))) as other:
        assert values(other) == []
        with sqlite_connections.rollback_journal(db):
            assert db.pragma("journal_mode") == "wal"
            db.execute("insert into t values (1)")
        assert values(other) == [1]


def test_watching_is_told_of_the_step_and_may_stop_it(db, monkeypatch):
    monkeypatch.setattr(transactions, "WATCH_STEPS", 1000)
    count = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) insert into t select i from n"
    )
    seen = []
    with transactions.watched(db, "counting", seen.append):
        db.execute(count)
    assert set(seen) == {"counting"}
    assert len(seen) > 10
    told = len(seen)
    db.execute("delete from t")
    db.execute(count)
    assert len(seen) == told
    db.execute("delete from t")

    def stop(_step):
        seen.append("stop")
        if len(seen) > told + 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transactions.watched(db, "counting", stop), transactions.transaction(db):
        db.execute(count)
    assert values(db) == []
    with transactions.watched(db, "counting", None):
        db.execute("insert into t values (1)")
    assert values(db) == [1]
