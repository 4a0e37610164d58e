"""The contract grows without breaking anybody: what stood in its first version stands, and an old connector runs."""

import importlib.util
import logging
from pathlib import Path

import pytest
from msgspec import Struct, structs

import connector_host
from connector_host import HOST_API, Can, Entitlement, Grant, Resource, ResourceId, Run
from connector_host.options import Options
from connector_host.plugins import deprecations
from connector_host.plugins.contract_checks import new_manager
from connector_host.plugins.facade import capabilities
from connector_host.plugins.loading import make_connector
from connector_host.provision.audit_record import Audit
from connector_host.provision.change_requests import Give, Take
from connector_host.provision.changer import open_changer
from connector_host.sync.engine import SyncSettings, run_sync

# every hook and argument of API 1; a line may be added when the contract grows, none may change or go
API_1 = {
    "connector_info": (),
    "connector_options": (),
    "account_schema": ("session",),
    "credential_details": ("session",),
    "open_session": ("options", "run"),
    "check_session": ("session",),
    "list_resource_types": ("session", "page_token"),
    "list_resources": ("session", "resource_type", "parent", "page_token", "page_size"),
    "get_resource": ("session", "resource_id", "parent"),
    "list_entitlements": ("session", "resource", "page_token", "page_size"),
    "list_static_entitlements": ("session", "resource_type", "page_token", "page_size"),
    "list_grants": ("session", "resource", "page_token", "page_size", "etag"),
    "list_type_entitlements": ("session", "resource_type", "page_token", "page_size"),
    "list_type_grants": ("session", "resource_type", "page_token", "page_size"),
    "grant": ("session", "principal", "entitlement", "dry_run"),
    "revoke": ("session", "grant", "dry_run"),
    "create_account": ("session", "request", "dry_run"),
    "get_account_creation": ("session", "creation_id"),
    "create_resource": ("session", "resource", "dry_run"),
    "delete_resource": ("session", "resource", "dry_run"),
    "rotate_credentials": ("session", "resource", "credentials", "dry_run"),
    "issue_credential": ("session", "resource", "request", "dry_run"),
    "set_status": ("session", "resource", "status", "dry_run"),
    "list_actions": ("session",),
    "invoke_action": ("session", "name", "arguments", "resource", "dry_run"),
    "get_action_status": ("session", "action_id"),
    "list_event_feeds": ("session",),
    "list_events": ("session", "feed", "cursor", "since", "page_size"),
    "list_ticket_schemas": ("session", "page_token"),
    "get_ticket_schema": ("session", "schema_id"),
    "create_ticket": ("session", "request", "dry_run"),
    "get_ticket": ("session", "ticket_id"),
    "create_tickets": ("session", "requests", "dry_run"),
    "get_tickets": ("session", "ticket_ids"),
    "get_asset": ("session", "asset_id"),
    "sync_started": ("connector", "sync_id", "resumed"),
    "page_synced": ("hook", "resource_type", "count", "seconds"),
    "phase_finished": ("hook",),
    "listings_done": ("objects", "done", "of"),
    "working": ("step", "done", "of"),
    "waiting": ("hook", "resource_type", "seconds", "reason"),
    "sync_finished": ("connector", "sync_id", "summary"),
}


@pytest.fixture
def old():
    path = Path(__file__).parents[1] / "fixtures" / "api1_connector.py"
    spec = importlib.util.spec_from_file_location("api1_connector", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_arguments_are_only_ever_added():
    assert HOST_API == 1, "a new number: keep the table of the old one, and say in the changelog what ended it"
    hooks = new_manager().hook
    for name, arguments in API_1.items():
        caller = getattr(hooks, name)
        assert set(arguments) <= set(caller.spec.argnames), name
    known = {name for name in vars(hooks) if not name.startswith("_")}
    assert known == set(API_1), "a hook was added: add it to the table, so that it stays"


def test_a_connector_of_the_first_version_still_runs(old, tmp_path, caplog):
    connector = make_connector(old, "old", version="0.1", distribution="old")
    summary = run_sync(
        connector, Options({"greeting": "hello"}), SyncSettings(file=tmp_path / "s.c1z"), Run(logging.getLogger("old"))
    )
    assert summary.totals == {"resource_types": 2, "resources": 4, "entitlements": 2, "grants": 4, "expanded": 1}
    assert "deprecated" not in caplog.text


def test_a_connector_of_the_first_version_still_changes_things(old, tmp_path):
    """Its types do not say what can be done to them: everything there is a hook for is tried."""
    connector = make_connector(old, "old", version="0.1", distribution="old")
    user, group = connector.list_resource_types(None, None).items
    assert capabilities(connector, [user, group]) == {"user": frozenset(), "group": {Can.GRANT}}
    entitlement = Entitlement(Resource(ResourceId("group", "g1"), "G1"), "member")
    person = Resource(ResourceId("user", "u1"), "One")
    with (
        Audit(tmp_path / "audit.jsonl", str, connector="old") as audit,
        open_changer(connector, Options({"greeting": "hello"}), Run(), audit, dry_run=False, max_attempts=1) as changer,
    ):
        assert changer.make(Give(person, entitlement)).outcome == "done"
        assert changer.make(Take(Grant(entitlement, person))).outcome == "already"


# the fields of API 1, in their order; a field may be added at the end, with a default
MODEL_1 = {
    "AccountRequest": ("login", "email", "display_name", "profile"),
    "Annotation": ("type_name", "value"),
    "ActionResult": ("status", "id", "values", "calls", "message"),
    "ActionSchema": ("name", "display_name", "description", "resource_type", "arguments"),
    "AppTrait": ("help_url", "app_source_type", "raw_app_source_type"),
    "Change": ("outcome", "calls", "grants", "resource", "secret"),
    "ConnectorInfo": ("display_name", "api", "summary", "docs_url", "concurrency", "rate_limits"),
    "Email": ("address", "is_primary"),
    "Entitlement": ("resource", "slug", "purpose", "display_name", "description", "grantable_to", "id", "annotations"),
    "EntitlementRef": ("resource", "slug", "id"),
    "Event": ("id", "type", "occurred_at", "actor", "target", "principal", "entitlement", "details"),
    "EventFeed": ("id", "types", "description"),
    "EventPage": ("events", "next_cursor", "has_more"),
    "External": ("id", "match"),
    "ExternalResourceMatch": ("resource_type", "key", "value"),
    "ExternalResourceMatchAll": ("resource_type",),
    "ExternalResourceMatchID": ("id",),
    "Grant": ("entitlement", "principal", "expandable", "id", "annotations", "sources"),
    "GrantExpandable": ("entitlement_ids", "shallow", "resource_type_ids"),
    "GroupTrait": ("group_source_type", "raw_group_source_type"),
    "Identity": ("account", "user", "plan", "mode", "limits"),
    "Option": (
        "name",
        "type",
        "help",
        "default",
        "secret",
        "choices",
        "required",
        "required_when",
        "check",
        "env",
        "affects_rows",
    ),
    "Page": ("items", "next_token", "more_tokens", "insert_resources", "rate_limit"),
    "RateLimit": ("requests", "seconds", "hooks"),
    "RateLimitStatus": ("limit", "remaining", "reset_at"),
    "Resource": (
        "id",
        "display_name",
        "parent",
        "description",
        "traits",
        "child_types",
        "profile",
        "status",
        "icon",
        "created_at",
        "skip_entitlements_and_grants",
        "skip_entitlements",
        "skip_grants",
        "annotations",
    ),
    "ResourceId": ("resource_type", "resource"),
    "ResourceType": (
        "id",
        "display_name",
        "traits",
        "description",
        "can",
        "skip_entitlements_and_grants",
        "skip_entitlements",
        "annotations",
    ),
    "RoleTrait": (),
    "SecretTrait": ("created_at", "expires_at", "last_used_at", "created_by", "identity"),
    "Status": ("status", "details"),
    "StructuredName": ("given_name", "family_name", "middle_names", "prefix", "suffix"),
    "UserTrait": (
        "emails",
        "status",
        "account_type",
        "login",
        "login_aliases",
        "employee_ids",
        "last_login",
        "mfa_enabled",
        "sso_enabled",
        "structured_name",
    ),
    "AgentTrait": ("identity", "status"),
    "AppUserTarget": ("email", "external_id"),
    "DeviceOS": ("type", "name", "version", "build"),
    "ExternalId": ("id", "link", "description"),
    "ExternalResourceTarget": ("external_id", "app_hint"),
    "LicenseProfileTrait": (
        "license_name",
        "purchased_seats",
        "consumed_seats",
        "cost_per_unit_in_cents",
        "currency",
        "entitlement_ids",
    ),
    "LineItem": ("product_or_service_name", "quantity", "unit", "price_per_unit", "total_price"),
    "ManagedDeviceTrait": (
        "serial",
        "udid",
        "hardware_hash",
        "device_type",
        "model",
        "vendor",
        "os",
        "compliance",
        "is_encrypted",
        "is_supervised",
        "is_personal",
        "management_state",
        "enrolled_at",
    ),
    "Money": ("amount_minor", "currency_code"),
    "NonHumanIdentityTrait": ("nhi_type", "nhi_detail"),
    "RiskFactor": ("description", "severity"),
    "RiskScore": ("normalized_score", "source_score", "risk_factors"),
    "RoleScopeConditions": ("type", "expressions"),
    "ScopeBindingTrait": ("role", "scope"),
    "SecurityInsightTrait": ("insight", "observed_at", "target"),
    "SecurityIssue": ("value", "severity"),
    "UserTarget": ("email",),
    "VendorAgreementTrait": (
        "agreement_name",
        "start_date",
        "end_date",
        "last_date_to_terminate",
        "auto_renewal",
        "renewal_status",
        "renewal_status_raw",
        "total_value",
        "line_items",
        "pricing_model",
        "external_account_manager_email",
        "external_account_manager_name",
    ),
    "VendorTrait": (
        "vendor_id",
        "vendor_name",
        "vendor_dba_name",
        "website_domain",
        "external_vendor_id",
        "deep_link_url",
        "source_business_id",
        "source_entity_id",
        "trailing_30d_spend",
        "trailing_365d_spend",
        "ytd_spend",
    ),
    "AccountField": (
        "name",
        "type",
        "display_name",
        "description",
        "required",
        "placeholder",
        "default",
        "order",
        "secret",
        "deprecated",
    ),
    "AccountSchema": ("fields",),
    "Asset": ("content_type", "data"),
    "CredentialDetails": ("create_account", "rotate", "issue"),
    "CredentialRequest": ("option", "length", "constraints", "password", "sso_provider", "force_change"),
    "IssueOption": (
        "resource_type",
        "option",
        "mode",
        "secret_type",
        "key_profiles",
        "scopes",
        "custom_scopes",
        "audiences",
        "custom_audiences",
        "min_seconds",
        "max_seconds",
    ),
    "IssueRequest": ("option", "request_id", "key_profile", "scopes", "audiences", "expires_at"),
    "KeyProfile": ("kty", "bits", "curve"),
    "NamedSecret": ("name", "value", "description", "schema"),
    "PasswordConstraint": ("char_set", "min_count"),
    "Ticket": (
        "id",
        "display_name",
        "description",
        "type",
        "status",
        "labels",
        "url",
        "assignees",
        "reporter",
        "requested_for",
        "fields",
        "created_at",
        "updated_at",
        "completed_at",
    ),
    "TicketChoice": ("id", "display_name"),
    "TicketField": ("id", "type", "display_name", "required", "default", "choices"),
    "TicketRequest": ("schema", "display_name", "description", "type", "status", "labels", "fields", "requested_for"),
    "TicketResult": ("ticket", "error", "outcome", "calls"),
    "TicketSchema": ("id", "display_name", "types", "statuses", "fields"),
}


@pytest.mark.parametrize("name", MODEL_1)
def test_fields_are_only_ever_added_at_the_end(name):
    kind = getattr(connector_host, name)
    fields = structs.fields(kind)
    assert tuple(field.name for field in fields)[: len(MODEL_1[name])] == MODEL_1[name]
    assert not any(field.required for field in fields[len(MODEL_1[name]) :])


def test_every_value_of_the_model_is_in_the_table():
    structs_of_the_face = {
        name
        for name in connector_host.__all__
        if isinstance(value := getattr(connector_host, name), type) and issubclass(value, Struct)
    }
    assert structs_of_the_face == set(MODEL_1), "a value was added: add it to the table, so that it stays"


def test_deprecated_parts_are_logged_once_naming_the_connector(old, monkeypatch, caplog):
    soon = deprecations.Deprecation("0.8", "1.0", "call it otherwise.")
    monkeypatch.setattr(
        deprecations,
        "DEPRECATED",
        {("list_resources", "page_size"): soon, ("grant", ""): soon, ("set_status", ""): soon},
    )
    make_connector(old, "old", version="0.1", distribution="old-dist")
    assert sorted(caplog.messages) == [
        "old (old-dist 0.1) uses the argument 'page_size' of the hook list_resources, which is deprecated since 0.8 and may be removed in 1.0: call it otherwise.",
        "old (old-dist 0.1) uses the hook grant, which is deprecated since 0.8 and may be removed in 1.0: call it otherwise.",
    ]


def test_what_is_deprecated_exists():
    hooks = new_manager().hook
    for (hook, argument), found in deprecations.DEPRECATED.items():
        assert not argument or argument in getattr(hooks, hook).spec.argnames
        assert all((found.since, found.gone, found.instead))
