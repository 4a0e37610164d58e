"""Pages with rules: marks, findings and the page of violations."""

import pytest

from connector_host.query.rules.access_rules import (
    AccessRules,
    EntitlementReference,
    PrivilegeRule,
    RuleSeverity,
    SeparationRule,
)

READ, WRITE = EntitlementReference(entitlement="read"), EntitlementReference(entitlement="write")
RULES = AccessRules(
    source="rules.toml",
    privileges=(PrivilegeRule(name="Pay data", entitlements=(READ,)),),
    separations=(
        SeparationRule(name="Read & write", severity=RuleSeverity.HIGH, reason="r", sides=((READ,), (WRITE,))),
    ),
)


def test_the_overview_counts_violations_and_leads_to_their_page(pages, organisation):
    site = pages(organisation, rules=RULES)
    overview = site.get("overview").text
    assert "Violations of the separation of duties: Read &amp; write" in overview
    assert "violations?rule=Read+%26+write" in overview
    assert "--rules=rules.toml" in overview
    page = site.get("violations", rule="Read & write").text
    assert "Payroll read (inherited through Engineering member) + Payroll write (direct)" in page
    with pytest.raises(AssertionError, match="has no value &#39;unknown&#39;"):
        site.get("violations", rule="unknown")
    assert "high" in site.get("violations.csv").text


def test_entitlements_are_marked_by_rules(pages, organisation):
    site = pages(organisation, rules=RULES)
    assert "Payroll read" in site.get("entitlements.csv", show="privileged").text
    assert "Pay data" in site.get("entitlement", id="app:a1:read").text


def test_without_rules_the_page_names_the_option(pages, organisation):
    assert "--rules FILE" in pages(organisation).get("violations").text
