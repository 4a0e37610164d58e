"""The values of the contract: plain, immutable, hashable, with ids as the files spell them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import connector_host as ch
from connector_host import model

STRUCTS = [value for value in vars(model).values() if isinstance(value, type) and issubclass(value, msgspec.Struct)]
STRUCTS = [struct for struct in STRUCTS if struct is not msgspec.Struct]

USER = ch.ResourceId("user", "u1")
GROUP = ch.Resource(ch.ResourceId("group", "g1"), "Admins", profile={"a": [1]})
EXAMPLES = {
    "Annotation": ch.Annotation.of("x.Y", {"a": 1}),
    "ResourceId": USER,
    "Status": ch.Status(),
    "Email": ch.Email("a@b.example"),
    "StructuredName": ch.StructuredName("A"),
    "UserTrait": ch.UserTrait(emails=(ch.Email("a@b.example"),)),
    "GroupTrait": ch.GroupTrait(),
    "RoleTrait": ch.RoleTrait(scope_conditions=ch.RoleScopeConditions("cel", ("x == 1",))),
    "RoleScopeConditions": ch.RoleScopeConditions("cel"),
    "ScopeBindingTrait": ch.ScopeBindingTrait(role=USER),
    "LicenseProfileTrait": ch.LicenseProfileTrait(purchased_seats=5),
    "NonHumanIdentityTrait": ch.NonHumanIdentityTrait(nhi_detail="x"),
    "AgentTrait": ch.AgentTrait(identity=USER),
    "ManagedDeviceTrait": ch.ManagedDeviceTrait(os=ch.DeviceOS(name="x")),
    "DeviceOS": ch.DeviceOS(name="x"),
    "SecurityInsightTrait": ch.SecurityInsightTrait(insight=ch.SecurityIssue("x"), target=ch.UserTarget("a")),
    "RiskScore": ch.RiskScore(risk_factors=(ch.RiskFactor("x"),)),
    "RiskFactor": ch.RiskFactor("x", ch.Severity.LOW),
    "SecurityIssue": ch.SecurityIssue("x"),
    "UserTarget": ch.UserTarget("a@b.example"),
    "AppUserTarget": ch.AppUserTarget(email="a@b.example"),
    "ExternalResourceTarget": ch.ExternalResourceTarget(external_id="1"),
    "VendorTrait": ch.VendorTrait(ytd_spend=ch.Money(1, "EUR")),
    "VendorAgreementTrait": ch.VendorAgreementTrait(line_items=(ch.LineItem(unit="seat"),)),
    "LineItem": ch.LineItem(quantity=1.5),
    "Money": ch.Money(1, "EUR"),
    "ExternalId": ch.ExternalId("1"),
    "AppTrait": ch.AppTrait(),
    "SecretTrait": ch.SecretTrait(created_by=USER),
    "ResourceType": ch.ResourceType("user", "User", (ch.Trait.USER,), can=frozenset({ch.Can.DELETE})),
    "Resource": GROUP,
    "EntitlementRef": GROUP.ref("member"),
    "Entitlement": ch.Entitlement(GROUP, "member", grantable_to=("user",)),
    "GrantExpandable": ch.GrantExpandable(("group:g1:member",)),
    "ExternalResourceMatch": ch.ExternalResourceMatch(ch.Trait.USER, "email", "a"),
    "ExternalResourceMatchAll": ch.ExternalResourceMatchAll(ch.Trait.USER),
    "ExternalResourceMatchID": ch.ExternalResourceMatchID("1"),
    "External": ch.External(USER, ch.ExternalResourceMatchID("1")),
    "Grant": ch.Grant(GROUP.ref("member"), USER, sources={"x": True}),
    "RateLimitStatus": ch.RateLimitStatus(5, 4),
    "Page": ch.Page((USER,), "t"),
    "RateLimit": ch.RateLimit(5, 1.0, ("list_grants",)),
    "ConnectorInfo": ch.ConnectorInfo("X", api=1),
    "Identity": ch.Identity("acme"),
    "AccountRequest": ch.AccountRequest(login="bob", profile={"a": 1}),
    "Asset": ch.Asset("image/png", b"x"),
    "Change": ch.Change(outcome=ch.Outcome.DONE, secret=ch.Secret("password")),
    "NamedSecret": ch.NamedSecret("code", ch.Secret("password")),
}


def test_there_is_an_example_of_every_struct():
    assert {struct.__name__ for struct in STRUCTS} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_values_are_immutable_and_hashable(name):
    value = EXAMPLES[name]
    field = value.__struct_fields__[0] if value.__struct_fields__ else "anything"
    with pytest.raises(AttributeError):
        setattr(value, field, None)
    same = type(value)(**{field: getattr(value, field) for field in value.__struct_fields__})
    assert same == value
    assert hash(same) == hash(value)


NAMES = st.text(max_size=12)


@given(NAMES, NAMES, NAMES, NAMES, NAMES)
def test_default_ids_are_plain_joins_whatever_the_parts_hold(type_id, resource_id, slug, principal_type, principal_id):
    resource = ch.Resource(ch.ResourceId(type_id, resource_id))
    entitlement = f"{type_id}:{resource_id}:{slug}"
    assert str(resource.id) == f"{type_id}:{resource_id}"
    assert ch.Entitlement(resource, slug).id == entitlement
    assert resource.ref(slug).id == entitlement
    assert model.entitlement_id(resource.id, slug) == entitlement
    principal = ch.ResourceId(principal_type, principal_id)
    assert model.grant_id(entitlement, principal) == f"{entitlement}:{principal_type}:{principal_id}"


def test_a_grant_knows_its_principals_id_however_it_is_given():
    ada = ch.ResourceId("user", "ada")
    outside = ch.External(ada, ch.ExternalResourceMatchID("1"))
    for principal in (ada, ch.Resource(ada, "Ada"), outside):
        assert ch.Grant(GROUP.ref("member"), principal).principal_id == ada


def test_a_given_id_stays():
    assert ch.Entitlement(GROUP, "member", id="e-7").id == "e-7"
    assert ch.EntitlementRef(GROUP, "member", id="e-7").id == "e-7"


def test_resources_are_hashed_by_id_and_compared_whole():
    renamed = ch.Resource(GROUP.id, "Other")
    assert hash(renamed) == hash(GROUP)
    assert renamed != GROUP
    assert len({renamed, GROUP}) == 2


def test_enum_members_carry_their_wire_numbers():
    assert [member.value for member in ch.Trait] == list(range(13))
    assert [member.value for member in ch.ResourceStatus] == [0, 1, 2, 3]
    assert [member.value for member in ch.AccountType] == [0, 1, 2, 3]
    assert [member.value for member in ch.Purpose] == [0, 1, 2, 3]
