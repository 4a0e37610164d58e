"""The scope of a review: the grants in it, and the counted others."""

import copy
import datetime

import pytest

from connector_host.errors import ConfigError, NotFoundInFile
from connector_host.review.review_scope import ReviewScope


def scoped(reviewed, path, *, since=(), **scope):
    """The ids of the grants in the review, and the left-out ones by reason."""
    with reviewed(path, scope=ReviewScope(**scope), since=since) as review:
        (facts,) = review.facts
        ids = [row.grant for row in review.rows()]
        assert len(ids) == facts.reviewed
        assert facts.reviewed + sum(count for _, count in facts.left_out) == facts.grants
        return ids, dict(facts.left_out)


def test_by_default_everything_is_in_it(reviewed, sync_file):
    ids, left_out = scoped(reviewed, sync_file)
    assert (len(ids), left_out) == (8, {})


def test_direct_grants_and_inherited_ones(reviewed, sync_file):
    ids, left_out = scoped(reviewed, sync_file, direct=True)
    assert "app:a1:read:user:u1" not in ids
    assert left_out == {"inherited": 8 - len(ids)}
    assert len(ids) < 8


def test_privileged_entitlements(reviewed, make_c1z, organisation):
    organisation.entitlements.append(organisation.entitlement("app", "a1", "admin"))
    organisation.grants.append(organisation.grant("app:a1:admin", "user", "u1"))
    ids, left_out = scoped(reviewed, make_c1z(organisation), privileged=True)
    assert ids == ["app:a1:admin:user:u1"]
    assert left_out == {"not privileged": 8}


@pytest.mark.parametrize("text", ["app", "APP", "Application"])
def test_a_resource_type(reviewed, sync_file, text):
    ids, left_out = scoped(reviewed, sync_file, resource_types=(text,))
    assert ids
    assert all(one.startswith("app:") for one in ids)
    assert set(left_out) == {"other type"}


@pytest.mark.parametrize("text", ["Payroll", "app:a1"])
def test_a_resource(reviewed, sync_file, text):
    ids, _ = scoped(reviewed, sync_file, resources=(text,))
    assert ids
    assert all(one.startswith("app:a1:") for one in ids)


def test_a_principal_type_and_a_second_condition(reviewed, sync_file):
    ids, left_out = scoped(reviewed, sync_file, principal_types=("group",), resource_types=("app",))
    assert ids == ["app:a1:read:group:g1"]
    assert set(left_out) == {"other type", "other principal type"}


@pytest.mark.parametrize("name", ["resource_types", "resources", "principal_types"])
def test_an_unknown_name_is_an_error(reviewed, sync_file, name):
    with pytest.raises(NotFoundInFile), reviewed(sync_file, scope=ReviewScope(**{name: ("nonsense",)})):
        pass


def test_guests_and_orphans_extend_each_other(reviewed, make_c1z, organisation):
    m = organisation.m
    guest = m.Resource(m.ResourceId("user", "guest"), "Gus", traits=(m.UserTrait(),), profile={"guest": True})
    organisation.resources.append(guest)
    organisation.grants.append(organisation.grant("app:a1:write", "user", "guest"))
    organisation.grants.append(organisation.grant("app:a1:write", "user", "gone"))
    path = make_c1z(organisation)
    guests, _ = scoped(reviewed, path, guests=True)
    orphans, _ = scoped(reviewed, path, orphans=True)
    both, _ = scoped(reviewed, path, guests=True, orphans=True)
    assert guests == ["app:a1:write:user:guest"]
    assert "app:a1:write:user:gone" in orphans
    assert sorted(both) == sorted({*guests, *orphans})


def test_users_who_have_not_signed_in(reviewed, make_c1z, organisation):
    m = organisation.m
    for name, day in (("old", 1), ("recent", 30), ("never", None)):
        seen = datetime.datetime(2025, 12, day, tzinfo=datetime.UTC) if day else None
        organisation.resources.append(
            m.Resource(m.ResourceId("user", name), name, traits=(m.UserTrait(last_login=seen),))
        )
        organisation.grants.append(organisation.grant("app:a1:write", "user", name))
    ids, left_out = scoped(reviewed, make_c1z(organisation), inactive=20)
    assert {"app:a1:write:user:old", "app:a1:write:user:never"} <= set(ids)
    assert "app:a1:write:user:recent" not in ids
    assert set(left_out) == {"active, or no user"}


def test_without_times_of_sign_ins_inactive_is_refused(reviewed, sync_file):
    with pytest.raises(ConfigError, match="no times of sign-ins"), reviewed(sync_file, scope=ReviewScope(inactive=9)):
        pass


def test_changed_grants(reviewed, make_c1z, organisation):
    later = copy.deepcopy(organisation)
    later.grants.append(later.grant("app:a1:write", "user", "u2"))
    ids, left_out = scoped(reviewed, make_c1z(organisation, later), changed=True)
    assert ids == ["app:a1:write:user:u2"]
    assert left_out == {"not changed": 8}


def test_without_an_earlier_sync_changed_is_refused(reviewed, sync_file):
    with pytest.raises(ConfigError, match="no earlier sync"), reviewed(sync_file, scope=ReviewScope(changed=True)):
        pass


def test_a_day_to_compare_with(reviewed, make_c1z, organisation):
    path = make_c1z(organisation, organisation)
    with reviewed(path) as review:
        day = review.facts[0].compared.ended.date().isoformat()
    with reviewed(path, since=(day,)) as review:
        assert review.facts[0].compared is not None
    with pytest.raises(NotFoundInFile, match="ended on 1999-01-01 or before"), reviewed(path, since=("1999-01-01",)):
        pass


def test_the_workbook_says_what_was_left_out(workbook, sync_file):
    book = workbook(sync_file, scope=ReviewScope(direct=True, resource_types=("app",)))
    facts = {row[0]: row[1] for row in book.book["Read me"].iter_rows(values_only=True, max_col=2)}
    assert facts["Scope"] == "direct grants; resource type app"
    assert facts["Grants"] == 8
    assert facts["Grants in this review"] == facts["Rows to decide on"] == len(book.rows("Review")) == 2
    assert "inherited" in facts["Left out"]


def test_the_page_has_the_rows_of_the_scope(reviewed, sync_file):
    import io

    from connector_host.review.pages import review_page

    with reviewed(sync_file, unit="resource", scope=ReviewScope(direct=True, resource_types=("app",))) as review:
        out = io.BytesIO()
        review_page.write(review, out)
    text = out.getvalue().decode()
    assert "This review covers 2 of 8 grants: direct grants; resource type app." in text
    assert "Platform" not in text.partition('id="people"')[2].partition("</section>")[0]
