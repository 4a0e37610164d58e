"""Databases in folders whose names are not UTF-8, as they come out of old archives."""

import os
import sys
from pathlib import Path

import pytest

from connector_host.c1z.sqlite_connections import NEW_DRAFT, READ_ONLY, UNTRUSTED, database_name, open_database

pytestmark = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="names are always Unicode there")


@pytest.fixture
def folder(tmp_path):
    path = Path(os.fsdecode(bytes(tmp_path) + b"/m\xfcller 100%?#"))
    path.mkdir()
    return path


def test_only_a_name_that_is_not_utf8_becomes_a_uri(tmp_path, folder):
    assert database_name(tmp_path / "Zoë?#.db") == str(tmp_path / "Zoë?#.db")
    assert database_name(folder / "a.db").startswith("file:///")


def test_a_database_is_created_read_and_attached(folder):
    path = folder / "a.db"
    for number in (1, 2):
        db = open_database(folder / f"{number}.db", NEW_DRAFT)
        db.execute("create table t (x); insert into t values (?)", (number,))
        db.execute("attach ? as more", (database_name(path),))
        db.execute("create table if not exists more.t (x); insert into more.t select x from main.t")
        db.close()
    assert sorted(os.listdir(bytes(folder))) == [b"1.db", b"2.db", b"a.db"]
    for profile in (READ_ONLY, UNTRUSTED):
        db = open_database(path, profile)
        assert db.execute("select x from t order by x").fetchall() == [(1,), (2,)]
        db.close()
