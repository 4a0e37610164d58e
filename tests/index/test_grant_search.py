"""The catalogue: what it says fits a filter is what a plain look at every grant says, in order, page by page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.types import GrantKey
from connector_host.index import grant_search
from connector_host.index.grant_search import IndexedGrantFilter, count_grants, iterate_grant_rows, list_grants
from connector_host.index.object_search import (
    NO_LIMIT,
    EntitlementFilter,
    PageRequest,
    entitlement_by_id,
    list_entitlements,
    resource_by_id,
)
from connector_host.index.sync_index import NewEntitlement, NewResource, SyncIndex

NAMES = ("Ada", "Bob", "ada lovelace", "Émile", "Ops", "x")
WORDS = ("", "a", "ADA", "é", "ops", "o", "admin", "gone", "%", "zz")
word = st.sampled_from(WORDS)
people = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "disabled"])), min_size=1, max_size=5)
rights = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["read", "admin", "Ops write"])), min_size=1, max_size=5, unique=True
)
grants = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12)


def made(named, held_on, given_to):
    """The catalogue, and its grants as plain values; numbers beyond the lists are what only grants name."""
    catalogue = SyncIndex("test")
    ids = [f"u{number}" for number in range(len(named))]
    states = dict(zip(ids, (state for _, state in named), strict=True))
    folded = {one: f"{name}\n{one}".casefold() for one, (name, _) in zip(ids, named, strict=True)}
    catalogue.add_resources(
        [
            NewResource("user", one, name, state=state, folded=folded[one])
            for one, (name, state) in zip(ids, named, strict=True)
        ]
    )
    catalogue.finish_resources()
    on, rules, texts, entries = {}, {}, {}, []
    for number, slug in held_on:
        key, resource = f"e{number}:{slug}", ids[number % len(ids)]
        on[key], rules[key], texts[key] = resource, slug == "admin", f"{slug}\n{key}".casefold()
        entries.append(NewEntitlement("user", resource, key, slug, slug, "admin" * rules[key], texts[key]))
    catalogue.add_entitlements(entries)
    catalogue.finish_entitlements()
    known, rows = list(on), []
    for row, (who, what) in enumerate(given_to):
        person = ids[who] if who < len(ids) else f"gone{who}"
        key = known[what] if what < len(known) else f"gone{what}"
        rows.append((row, person, key))
    catalogue.add_grants([GrantKey(row, key, "user", person) for row, person, key in rows], lambda _: ("user", "u0"))
    for _ in catalogue.finish_grants():
        pass

    def fits(row, where, who, what, resource):
        _, person, key = row
        its = on.get(key, "u0")
        mine = where.text.casefold() in folded.get(person, f"user:{person}".casefold())
        theirs = where.text.casefold() in texts.get(key, key.casefold())
        place = where.text.casefold() in folded[its]
        text = theirs or (place and resource is None) if who else mine if what else None
        if text is None:
            text = mine or theirs or (place and resource is None)
        return (
            text
            and (who is None or person == who)
            and (what is None or key == what)
            and (resource is None or its == resource)
            and (not where.privileged or rules.get(key, False))
            and (where.state is None or states.get(person, "") == where.state)
        )

    return catalogue, rows, fits


@pytest.mark.parametrize("few", [0, 20_000])
@settings(max_examples=60, deadline=None)
@given(people, rights, grants, word, st.booleans(), st.sampled_from([None, "disabled"]), st.sampled_from("-woe"))
def test_the_grants_that_fit_are_those_that_a_plain_look_finds(few, named, held_on, given_to, text, strong, state, by):
    catalogue, rows, fits = made(named, held_on, given_to)
    before, grant_search.FEW = grant_search.FEW, few
    try:
        who = "u0" if by == "w" else None
        resource = "u0" if by == "o" else None
        what = f"e{held_on[0][0]}:{held_on[0][1]}" if by == "e" else None
        where = IndexedGrantFilter(
            who=resource_by_id(catalogue, "user", "u0").num if who else None,
            on=resource_by_id(catalogue, "user", "u0").num if resource else None,
            what=entitlement_by_id(catalogue, what).num if what else None,
            text=text,
            privileged=strong,
            state=state,
        )
        wanted = {row[0] for row in rows if fits(row, where, who, what, resource)}
        for sort in ("who", "what"):
            found = [one.row for one in list_grants(catalogue, where, PageRequest(sort, limit=NO_LIMIT))]
            assert set(found) == wanted
            assert found == list(iterate_grant_rows(catalogue, where, PageRequest(sort, limit=NO_LIMIT)))
            pages = [
                one.row
                for at in range(0, 12, 5)
                for one in list_grants(catalogue, where, PageRequest(sort, offset=at, limit=5))
            ]
            assert sorted(pages) == sorted(wanted)
        assert count_grants(catalogue, where) == count_grants(catalogue, where) == len(wanted)
    finally:
        grant_search.FEW = before
        catalogue.close()


def test_an_entitlement_that_only_grants_name_is_on_the_resource_they_say():
    catalogue, _, _ = made([("Ada", "")], [(0, "read")], [(0, 6)])
    (lost,) = list_entitlements(catalogue, EntitlementFilter(missing=True), PageRequest())
    assert (lost.id, lost.type, lost.resource, lost.holders) == ("gone6", "user", "u0", 1)
    catalogue.close()
