"""Decisions on rows of a principal and a resource: expanded to single grants, or refused by row."""

import re

import pytest

from connector_host.errors import ConfigError
from connector_host.review.decisions import read_decisions

ADA_PAYROLL, ADA_PLATFORM, BOB_PAYROLL, BOB_ENGINEERING, ENGINEERING_PAYROLL = "r7-8", "r1", "r6", "r3", "r5"
ADA_ENGINEERING = "r4"


@pytest.fixture
def book(workbook, make_c1z, organisation):
    """A workbook of rows of principal and resource, in which Ada has two direct permissions on Payroll."""
    return workbook(make_c1z(organisation), unit="resource")


def refused(book):
    with pytest.raises(ConfigError) as error:
        read_decisions(book.path)
    return [line.strip() for line in error.value.message.splitlines()[1:]]


def test_a_revoked_row_revokes_its_direct_grants_and_names_what_remains(book):
    book.fill({ADA_PAYROLL: "revoke", BOB_ENGINEERING: "keep"}, note="moved")
    decided = read_decisions(book.path)
    assert [(one.row.grant, one.reviewer, one.note) for one in decided.revocations] == [
        ("app:a1:write:user:u1", "Rita", "moved")
    ]
    assert dict(decided.counts) == {"keep": 1, "revoke": 1, "undecided": 3}
    line = book.line(ADA_PAYROLL)
    assert decided.notes == (f"row {line}: Ada Lovelace still inherits read on Payroll through Engineering member.",)
    assert (decided.noun, decided.lacking) == ("rows", 0)


def test_rows_that_follow_from_others_need_no_decision(book):
    book.fill(dict.fromkeys((ADA_PAYROLL, ADA_PLATFORM, BOB_ENGINEERING, ENGINEERING_PAYROLL, "r2"), "keep"))
    decided = read_decisions(book.path)
    assert decided.undecided == 0
    book.fill({BOB_PAYROLL: "keep", ADA_ENGINEERING: "ask"})
    assert +read_decisions(book.path).counts == {"keep": 5}


def test_a_row_that_follows_cannot_be_revoked_and_its_groups_are_named(book):
    book.fill({BOB_PAYROLL: "revoke"})
    (line,) = refused(book)
    assert line.startswith(f"Review row {book.line(BOB_PAYROLL)}: Bob inherits Payroll read through")
    assert f"Revoke instead: Engineering member of Bob (row {book.line(BOB_ENGINEERING)} of Review)." in line


def test_keeping_a_row_that_ends_with_a_revoked_one_is_refused_once(book):
    book.fill({BOB_PAYROLL: "keep", ENGINEERING_PAYROLL: "revoke"})
    (line,) = refused(book)
    assert line.startswith(f"Review row {book.line(BOB_PAYROLL)}: keeps access that Bob inherits only through")


@pytest.fixture
def two_levels(workbook, make_c1z, organisation):
    """A workbook in which Ada holds read and write on Payroll directly."""
    organisation.grants[6] = organisation.grant("app:a1:read", "user", "u1")
    return workbook(make_c1z(organisation), unit="resource")


@pytest.mark.parametrize(
    ("only", "revoked"),
    [
        (None, {"read", "write"}),
        ("write", {"write"}),
        (" WRITE ; Read", {"read", "write"}),
        ("Payroll read", {"read"}),
        ("app:a1:write", {"write"}),
    ],
)
def test_single_permissions_of_a_row_can_be_revoked(two_levels, only, revoked):
    two_levels.fill({ADA_PAYROLL: "revoke"})
    two_levels.edit({ADA_PAYROLL: {"Revoke only": only}})
    decided = read_decisions(two_levels.path)
    assert {one.row.entitlement.slug for one in decided.revocations} == revoked
    assert decided.counts["revoke"] == 1


@pytest.mark.parametrize(
    ("word", "cells", "problem"),
    [
        ("revoke", {"Revoke only": "write, own"}, "has no direct permission 'own'. Use any of: write."),
        ("keep", {"Revoke only": "write"}, "has permissions to revoke, but keep. Choose revoke"),
        (None, {"Revoke only": "write"}, "has permissions to revoke, but no decision."),
        ("keep", {"Row ID": "r1"}, "Principal was edited|Resource was edited|Resource type was edited"),
        ("keep", {"Row ID": "r8"}, "Inherited permissions was edited"),
        ("keep", {"Row ID": "r7-9"}, "names a row 'r7-9' that the reviewed file does not hold"),
        ("keep", {"Row ID": "r1.7-8"}, "names a row 'r1.7-8' that the reviewed file does not hold"),
        ("keep", {"Row ID": None}, "names no row: its Row ID is empty"),
        ("keep", {"Direct permissions": "read"}, "Direct permissions was edited: the workbook has 'read'"),
        ("keep", {"Grants": 3}, "Grants was edited"),
        ("maybe", {}, "'maybe' is not a decision"),
        ("reassign", {}, "'reassign' is not a decision"),
        ("keep", {"Date": "2999-01-01"}, "in the future"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(book, word, cells, problem):
    number = book.line(ADA_PAYROLL)
    book.fill({ADA_PAYROLL: word})
    if cells:
        book.edit({ADA_PAYROLL: cells})
    line = refused(book)[0]
    assert line.startswith(f"Review row {number}: ")
    assert re.search(problem, line), line


def test_two_workbooks_must_revoke_the_same_permissions(workbook, make_c1z, organisation):
    organisation.grants[6] = organisation.grant("app:a1:read", "user", "u1")
    file = make_c1z(organisation)
    rita, ben = (workbook(file, unit="resource", name=f"{name}.xlsx") for name in ("rita", "ben"))
    for book, only in ((rita, "read, write"), (ben, "read")):
        book.fill({ADA_PAYROLL: "revoke"})
        book.edit({ADA_PAYROLL: {"Revoke only": only}})
    with pytest.raises(ConfigError, match=r"revokes other permissions than row 3 of rita\.xlsx Review"):
        read_decisions([rita.path, ben.path])
    with pytest.raises(ConfigError, match="different reviews"):
        read_decisions([rita.path, workbook(file, name="grants.xlsx").path])
