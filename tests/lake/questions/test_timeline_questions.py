"""When access came and went."""

import pytest

from connector_host.errors import NotFoundInFile
from connector_host.lake.questions.timeline_questions import list_timeline


def spans(table, permission):
    return [[None if value is None else value.day for value in row[:4]] for row in table.rows if row[7] == permission]


def test_access_that_went_and_came_back(reading):
    table = list_timeline(reading, "bob@example.com")
    assert spans(table, "read") == [[1, None, 1, 2], [3, 2, 3, None]]
    assert {row[5] for row in table.rows} == {"Bob"}


def test_access_that_stayed(reading):
    assert spans(list_timeline(reading, "ada@example.com"), "write") == [[1, None, 3, None]]


def test_somebody_who_has_left(reading):
    assert list_timeline(reading, "robert@example.com").rows == []


def test_access_to_a_resource(reading):
    table = list_timeline(reading, "Payroll")
    assert {(row[5], row[7]) for row in table.rows} >= {("Ada Lovelace", "write"), ("Bob", "read")}


def test_neither_a_person_nor_a_resource(reading):
    with pytest.raises(NotFoundInFile):
        list_timeline(reading, "nobody-at-all")
