"""Grants of an index: a filter selects what a plain look at every grant selects, in order, page by page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.types import GrantKey
from connector_host.index import grant_search
from connector_host.index.grant_search import IndexedGrantFilter, count_grants, iterate_grant_rows, list_grants
from connector_host.index.object_search import (
    NO_LIMIT,
    EntitlementFilter,
    RowWindow,
    entitlement_by_id,
    list_entitlements,
    resource_by_id,
)
from connector_host.index.sync_index import NewEntitlement, NewResource, SyncIndex
from connector_host.index.text_search import fold_text, search_words

NAMES = ("Ada", "Bob", "ada lovelace", "Émile", "Ops", "x")
WORDS = ("", "a", "ADA", "é", "emile", "ops", "o", "admin", "gone", "%", "zz", "ada read", " love  ada", "write ops")
word = st.sampled_from(WORDS)
people = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "disabled"])), min_size=1, max_size=5)
rights = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["read", "admin", "Ops write"])), min_size=1, max_size=5, unique=True
)
grants = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12)


def made(named, held_on, given_to):
    """Return an index, its grants as plain values, and a plain test; numbers beyond the lists are missing objects."""
    index = SyncIndex("test")
    ids = [f"u{number}" for number in range(len(named))]
    states = dict(zip(ids, (state for _, state in named), strict=True))
    folded = {one: fold_text(f"{name}\n{one}") for one, (name, _) in zip(ids, named, strict=True)}
    index.add_resources(
        [
            NewResource("user", one, name, state=state, folded=folded[one])
            for one, (name, state) in zip(ids, named, strict=True)
        ]
    )
    index.finish_resources()
    on, rules, texts, entries = {}, {}, {}, []
    for number, slug in held_on:
        key, resource = f"e{number}:{slug}", ids[number % len(ids)]
        on[key], rules[key], texts[key] = resource, slug == "admin", fold_text(f"{slug}\n{key}")
        entries.append(NewEntitlement("user", resource, key, slug, slug, "admin" * rules[key], texts[key]))
    index.add_entitlements(entries)
    index.finish_entitlements()
    known, rows = list(on), []
    for row, (who, what) in enumerate(given_to):
        person = ids[who] if who < len(ids) else f"gone{who}"
        key = known[what] if what < len(known) else f"gone{what}"
        rows.append((row, person, key))
    index.add_grants([GrantKey(key, "user", person, row) for row, person, key in rows], lambda _: ("user", "u0"))
    for _ in index.finish_grants():
        pass

    def fits(row, where, who, what, resource):
        _, person, key = row
        its = on.get(key, "u0")
        text = True
        for word in search_words(where.text):
            mine = word in folded.get(person, fold_text(f"user:{person}"))
            theirs = word in texts.get(key, fold_text(key)) or (word in folded[its] and resource is None)
            text = text and (theirs if who else mine if what else mine or theirs)
        return (
            text
            and (who is None or person == who)
            and (what is None or key == what)
            and (resource is None or its == resource)
            and (not where.privileged or rules.get(key, False))
            and (where.state is None or states.get(person, "") == where.state)
        )

    return index, rows, fits


@pytest.mark.parametrize("few", [0, 20_000])
@settings(max_examples=60, deadline=None)
@given(people, rights, grants, word, st.booleans(), st.sampled_from([None, "disabled"]), st.sampled_from("-woe"))
def test_the_grants_that_fit_are_those_that_a_plain_look_finds(few, named, held_on, given_to, text, strong, state, by):
    index, rows, fits = made(named, held_on, given_to)
    before, grant_search.FEW = grant_search.FEW, few
    try:
        who = "u0" if by == "w" else None
        resource = "u0" if by == "o" else None
        what = f"e{held_on[0][0]}:{held_on[0][1]}" if by == "e" else None
        where = IndexedGrantFilter(
            principal=resource_by_id(index, "user", "u0").number if who else None,
            resource=resource_by_id(index, "user", "u0").number if resource else None,
            entitlement=entitlement_by_id(index, what).number if what else None,
            text=text,
            privileged=strong,
            state=state,
        )
        wanted = {row[0] for row in rows if fits(row, where, who, what, resource)}
        for sort in ("who", "what"):
            found = [one.row for one in list_grants(index, where, RowWindow(sort, limit=NO_LIMIT))]
            assert set(found) == wanted
            assert found == list(iterate_grant_rows(index, where, RowWindow(sort, limit=NO_LIMIT)))
            pages = [
                one.row
                for at in range(0, 12, 5)
                for one in list_grants(index, where, RowWindow(sort, offset=at, limit=5))
            ]
            assert sorted(pages) == sorted(wanted)
        assert count_grants(index, where) == count_grants(index, where) == len(wanted)
    finally:
        grant_search.FEW = before
        index.close()


def test_an_entitlement_that_only_grants_name_is_on_the_resource_they_say():
    index, _, _ = made([("Ada", "")], [(0, "read")], [(0, 6)])
    (lost,) = list_entitlements(index, EntitlementFilter(missing=True), RowWindow())
    assert (lost.id, lost.type, lost.resource, lost.holders) == ("gone6", "user", "u0", 1)
    index.close()
