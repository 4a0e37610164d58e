"""Rows of a principal and a resource, and their ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.index import review_rows
from connector_host.review import review_units
from connector_host.review.review_units import format_row_id, parse_row_id


def test_the_grants_between_a_principal_and_a_resource_are_one_row(reviewed, sync_file):
    with reviewed(sync_file, unit="resource") as review:
        rows = list(review.access_rows())
        assert sum(len(row.grants) for row in rows) == review.facts[0].grants == 8
        (payroll,) = [row for row in rows if (row.principal.name, row.on.resource_name) == ("Ada Lovelace", "Payroll")]
        assert [grant.entitlement.slug for grant in payroll.direct] == ["write"]
        assert [grant.entitlement.slug for grant in payroll.inherited] == ["read"]
        assert review.facts[0].to_decide == sum(bool(row.direct) for row in rows) == 5


@pytest.mark.parametrize("order", ["principal", "resource", "owner"])
def test_every_order_keeps_the_rows(reviewed, sync_file, order):
    with reviewed(sync_file, order=order, unit="resource") as review:
        ids = [row.row_id for row in review.access_rows()]
    assert sorted(ids) == ["r1", "r2", "r3", "r4", "r5", "r6", "r7-8"]


def test_a_scope_leaves_its_grants_in_the_rows(reviewed, sync_file):
    from connector_host.review.review_scope import ReviewScope

    with reviewed(sync_file, unit="resource", scope=ReviewScope(direct=True)) as review:
        rows = {row.row_id: row for row in review.access_rows()}
        assert (review.facts[0].reviewed, review.facts[0].to_decide) == (5, 5)
    assert sorted(rows) == ["r1", "r2", "r3", "r5", "r8"]
    assert rows["r8"].inherited == ()


def test_many_grants_of_a_pair_are_several_rows_and_counted_as_such(reviewed, sync_file, monkeypatch):
    monkeypatch.setattr(review_units, "MOST_OF_PAIR", 1)
    monkeypatch.setattr(review_rows, "MOST_OF_PAIR", 1)
    with reviewed(sync_file, unit="resource") as review:
        rows = list(review.access_rows())
        assert len(rows) == 8
        assert review.facts[0].to_decide == sum(bool(row.direct) for row in rows)


@given(st.sets(st.integers(1, 10**12) | st.integers(1, 60), min_size=1, max_size=200))
def test_an_id_is_read_back(numbers):
    assert parse_row_id(format_row_id(sorted(numbers))) == sorted(numbers)


@pytest.mark.parametrize(
    "text", ["", "r", "5", "r5-", "r5-4", "r7.5", "r5.5", "r1-99999999", "r1-2000.3000-5000", "r٣"]
)
def test_other_texts_are_no_ids(text):
    with pytest.raises(ValueError):
        parse_row_id(text)
