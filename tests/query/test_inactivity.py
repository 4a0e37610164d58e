"""Users without a recent sign-in."""

from datetime import UTC, datetime

import pytest

from connector_host.errors import ConfigError
from connector_host.index import object_search as search
from connector_host.index.object_search import ResourceFilter
from connector_host.query.findings import list_findings
from connector_host.query.inactivity import EVER_DAYS, inactive_users, reports_sign_ins, require_sign_ins
from connector_host.query.index_loading import indexed
from connector_host.query.lookup.object_cache import SyncObjects


@pytest.fixture
def signed_in(view_of, organisation):
    """A view in which Ada signed in some days before the sync, and the Bobs never."""
    m = organisation.m

    def view(day):
        trait = m.UserTrait(emails=(), login="ada", last_login=day)
        organisation.resources[0] = m.Resource(m.ResourceId("user", "u1"), "Ada", traits=(trait,))
        return view_of(organisation)

    return view


def names(view, days):
    with indexed(view) as index:
        rows = search.iterate_resources(index, ResourceFilter(inactive=inactive_users(view, days)), search.RowWindow())
        return [row.id for row in rows]


def test_days_count_back_from_the_sync(signed_in):
    view = signed_in(datetime(2025, 12, 1, tzinfo=UTC))  # 31 days before
    assert names(view, 30) == ["u1", "u2", "u3"]
    assert names(view, 32) == ["u2", "u3"]
    assert names(view, EVER_DAYS) == ["u2", "u3"]


def test_findings_count_them(signed_in):
    view = signed_in(datetime(2025, 9, 1, tzinfo=UTC))
    with indexed(view) as index:
        counts = {finding.text: finding.count for finding in list_findings(view, SyncObjects(view), index)}
    assert counts["Users with grants who have never signed in"] == 1
    assert counts["Users with grants who have not signed in for 90 days, or never"] == 2


def test_without_times_nobody_is_called_inactive(view_of, organisation):
    view = view_of(organisation)
    with indexed(view) as index:
        assert not reports_sign_ins(view, index)
        with pytest.raises(ConfigError, match="has no times of sign-ins"):
            require_sign_ins(view, index, 90)
