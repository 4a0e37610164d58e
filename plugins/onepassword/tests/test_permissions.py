"""The law of permissions: whatever is granted or revoked, nobody is left with one whose foundation is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from connector_host_onepassword import permissions
from hypothesis import given
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parent / "standin"))

import standin_writes

PLANS = {"BUSINESS": standin_writes.NEEDS, "TEAM": standin_writes.BROAD}


def closed(held, plan):
    """Whether everything held has what it stands on, by the stand-in's own table."""
    return all(set(PLANS[plan][name].split()) <= set(held) for name in held)


@pytest.mark.parametrize("plan", PLANS)
def test_the_table_is_that_of_1password(plan):
    assert set(permissions.expected(plan)) == set(PLANS[plan])
    for name, needs in PLANS[plan].items():
        assert set(permissions.with_needed(name)) == {name, *needs.split()}
        assert permissions.with_needed(name)[-1] == name


plans = st.sampled_from(sorted(PLANS))


@st.composite
def holdings(draw):
    """A plan, what somebody holds there, and one permission."""
    plan = draw(plans)
    asked = draw(st.lists(st.sampled_from(permissions.expected(plan))))
    held = tuple(dict.fromkeys(name for one in asked for name in permissions.with_needed(one)))
    return plan, held, draw(st.sampled_from(permissions.expected(plan)))


@given(holdings())
def test_granting_leaves_nothing_without_its_foundation(case):
    plan, held, wanted = case
    assert closed(held, plan)
    assert closed({*held, *permissions.with_needed(wanted)}, plan)


@given(holdings())
def test_revoking_leaves_nothing_without_its_foundation_and_takes_no_more(case):
    plan, held, gone = case
    taken = permissions.dependants(gone, held)
    left = [name for name in held if name not in taken]
    assert closed(left, plan)
    assert gone not in left
    assert all(not closed({*left, name}, plan) for name in taken if name != gone)


@pytest.mark.parametrize("name", [*permissions.BUSINESS, "allow_viewing", "something_new"])
def test_a_slug_and_a_name_are_the_same_words(name):
    assert permissions.name_of(permissions.slug(name)) == name


@pytest.mark.parametrize(
    ("plan", "least"), [("BUSINESS", "view_items"), ("TEAM", "allow_viewing"), ("", "allow_viewing")]
)
def test_a_member_may_look_and_no_more(plan, least):
    assert permissions.least(plan) == least
    assert permissions.with_needed(least) == (least,)
