"""Risk marks of the rows of a review."""

from datetime import UTC, datetime

import pytest

from connector_host.query.rules.access_rules import (
    AccessRules,
    EntitlementReference,
    PrivilegeRule,
    RuleSeverity,
    SeparationRule,
)
from connector_host.review.decisions import read_decisions
from connector_host.review.review_files import ReviewRequest, open_review
from connector_host.review.workbooks.workbook import write

READ, WRITE = EntitlementReference(entitlement="read"), EntitlementReference(entitlement="write")
RULES = AccessRules(
    source="rules.toml",
    privileges=(PrivilegeRule(name="Pay data", entitlements=(READ,)),),
    separations=(SeparationRule(name="Pay", severity=RuleSeverity.HIGH, reason="r", sides=((READ,), (WRITE,))),),
)


@pytest.fixture
def marked(make_c1z):
    """The marks of each grant of an organisation, and the findings."""

    def mark(organisation, rules=None):
        request = ReviewRequest((make_c1z(organisation),), rules=rules)
        with open_review(request) as review:
            rows = {row.grant: row.risks for row in review.rows()}
            (summary,) = review.summaries()
            return rows, {finding.key: finding for finding in summary.findings}

    return mark


def signed_in(organisation, name, when):
    m = organisation.m
    trait = m.UserTrait(emails=(), login=name, last_login=when)
    resources = organisation.resources
    number = [str(resource.id) for resource in resources].index(f"user:{name}")
    resources[number] = m.Resource(resources[number].id, resources[number].display_name, traits=(trait,))


def test_accounts_are_marked(marked, organisation):
    signed_in(organisation, "u1", datetime(2025, 9, 1, tzinfo=UTC))
    organisation.grants.append(organisation.grant("app:a1:write", "user", "u3"))
    organisation.grants.append(organisation.grant("app:a1:write", "user", "u9"))
    rows, _ = marked(organisation)
    assert rows["app:a1:write:user:u1"] == ("no sign-in for 122 days",)
    assert rows["group:g1:member:user:u2"] == ("disabled account", "never signed in")
    assert rows["app:a1:write:user:u3"] == ("never signed in",)
    assert rows["app:a1:write:user:u9"] == ("missing account",)


def test_without_times_of_sign_ins_nobody_is_said_to_be_dormant(marked, organisation):
    rows, _ = marked(organisation)
    assert rows["app:a1:write:user:u1"] == ()


def test_the_only_owner_of_a_resource_is_marked(marked, organisation):
    organisation.entitlements.append(organisation.entitlement("app", "a1", "owner"))
    organisation.grants.append(organisation.grant("app:a1:owner", "user", "u1"))
    rows, _ = marked(organisation)
    assert rows["app:a1:owner:user:u1"] == ("sole owner",)
    organisation.grants.append(organisation.grant("app:a1:owner", "user", "u3"))
    rows, _ = marked(organisation)
    assert rows["app:a1:owner:user:u1"] == ()


def test_violations_are_marked_and_listed(marked, organisation):
    rows, findings = marked(organisation, RULES)
    assert rows["app:a1:write:user:u1"] == ("separation of duties: Pay (high)",)
    assert rows["app:a1:read:user:u1"] == ("separation of duties: Pay (high)",)
    finding = findings["separation:Pay"]
    assert (finding.count, [principal.name for principal, _ in finding.principals]) == (1, ["Ada Lovelace"])


def test_decisions_of_a_review_with_rules_are_read_without_them(make_c1z, organisation, tmp_path):
    path, out = make_c1z(organisation), tmp_path / "r.xlsx"
    with open_review(ReviewRequest((path,), rules=RULES)) as review, out.open("wb") as file:
        write(review, file)
    assert read_decisions(out).undecided > 0


def test_the_import_names_resources_that_lose_every_owner(workbook, make_c1z, organisation):
    organisation.entitlements.append(organisation.entitlement("app", "a1", "owner"))
    owners = [organisation.grant("app:a1:owner", "user", name) for name in ("u1", "u3")]
    organisation.grants += owners
    book = workbook(make_c1z(organisation))
    book.fill({owners[0].id: "revoke"}, day="2026-01-03")
    assert read_decisions(book.path).notes == ()
    book.fill({owners[1].id: "revoke"}, day="2026-01-03")
    assert read_decisions(book.path).notes == ("Payroll has no owner any more when the plan is carried out.",)


def test_the_import_counts_decisions_on_ones_own_access(workbook, make_c1z, organisation):
    book = workbook(make_c1z(organisation))
    book.fill({"app:a1:write:user:u1": "keep"}, reviewer="ADA lovelace", day="2026-01-03")
    assert read_decisions(book.path).notes == ("Rows that were decided by the principal who holds the access: 1.",)
