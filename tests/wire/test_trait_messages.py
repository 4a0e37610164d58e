"""Every trait of the model, there and back; wrong values are refused by name."""

from datetime import UTC, datetime

import pytest

import connector_host as ch
from connector_host.model import ResourceTrait
from connector_host.traits import TRAIT_CLASSES
from connector_host.wire import decode, encode
from connector_host.wire.pb.c1.connector.v2 import objects_pb2, traits_pb2

DAY = datetime(2026, 3, 4, tzinfo=UTC)
SAMPLES = [
    ch.UserTrait(login="ada", status=ch.Status(ch.ResourceStatus.ENABLED), account_type=ch.AccountType.HUMAN),
    ch.GroupTrait(group_source_type="okta"),
    ch.RoleTrait(scope_conditions=ch.RoleScopeConditions("cel", ("x == 1", "y"))),
    ch.AppTrait(help_url="https://help", flags=(ch.AppFlag.HIDDEN, ch.AppFlag.SAML), logo="image-1"),
    ch.SecretTrait(created_at=DAY, credential_type=ch.CredentialType.CERTIFICATE, credential_detail="x509"),
    ch.ScopeBindingTrait(role=ch.ResourceId("role", "1"), scope=ch.ResourceId("project", "2")),
    ch.LicenseProfileTrait(license_name="E5", purchased_seats=100, currency="EUR", entitlement_ids=("a", "b")),
    ch.NonHumanIdentityTrait(nhi_type=ch.NonHumanIdentityType.MANAGED_IDENTITY, nhi_detail="system assigned"),
    ch.AgentTrait(identity=ch.ResourceId("user", "bot"), status=ch.ResourceStatus.DISABLED),
    ch.ManagedDeviceTrait(
        serial="C02",
        device_type=ch.DeviceType.OTHER,
        os=ch.DeviceOS(type=ch.OperatingSystem.MACOS, version="26.1"),
        compliance=ch.Compliance.IN_GRACE_PERIOD,
        is_encrypted=True,
        is_personal=False,
        management_state=ch.ManagementState.MANAGED,
        enrolled_at=DAY,
    ),
    ch.SecurityInsightTrait(
        insight=ch.RiskScore(normalized_score=80, risk_factors=(ch.RiskFactor("no MFA", ch.Severity.HIGH),)),
        observed_at=DAY,
        target=ch.ResourceId("user", "1"),
    ),
    ch.SecurityInsightTrait(insight=ch.SecurityIssue("leak", "high"), target=ch.AppUserTarget(email="a@example.com")),
    ch.SecurityInsightTrait(target=ch.ExternalResourceTarget(external_id="7", app_hint="okta")),
    ch.VendorTrait(vendor_name="ACME", ytd_spend=ch.Money(1999, "EUR")),
    ch.VendorAgreementTrait(
        agreement_name="Master",
        end_date=DAY,
        auto_renewal=True,
        renewal_status=ch.RenewalStatus.INITIATED,
        total_value=ch.Money(-5, "USD"),
        line_items=(ch.LineItem(product_or_service_name="Seats", quantity=2.5, total_price=ch.Money(10, "USD")),),
        pricing_model=ch.PricingModel.PER_SEAT,
    ),
]


@pytest.mark.parametrize("trait", SAMPLES, ids=lambda trait: type(trait).__name__)
def test_a_trait_is_the_same_after_a_round_trip(trait):
    resource = ch.Resource(ch.ResourceId("any", "1"), "Name", traits=(trait,))
    data = encode.resource(resource)
    assert decode.resource(data).traits == (trait,)
    message = objects_pb2.Resource.FromString(data)
    packed = message.annotations[0]
    assert packed.type_url.endswith(type(trait).__name__)
    # Go's deterministic form: what protobuf itself would write
    again = getattr(traits_pb2, type(trait).__name__).FromString(packed.value)
    assert again.SerializeToString(deterministic=True) == packed.value


def test_every_trait_of_the_model_has_a_sample():
    assert {type(sample) for sample in SAMPLES} == set(ResourceTrait.__args__)
    assert set(TRAIT_CLASSES) == set(ch.Trait) - {ch.Trait.UNSPECIFIED}


@pytest.mark.parametrize(
    ("trait", "error", "says"),
    [
        (ch.ManagedDeviceTrait(serial=7), TypeError, "traits[0].serial: a text (str) is needed, not int"),
        (ch.ManagedDeviceTrait(is_encrypted="yes"), TypeError, "traits[0].is_encrypted: bool is needed, not str"),
        (ch.ManagedDeviceTrait(compliance=1), TypeError, "traits[0].compliance: Compliance is needed, not int"),
        (ch.ManagedDeviceTrait(os="macOS"), TypeError, "traits[0].os: DeviceOS is needed, not str"),
        (ch.ManagedDeviceTrait(os=ch.DeviceOS(name=1)), TypeError, "traits[0].os.name: a text"),
        (ch.ManagedDeviceTrait(enrolled_at=datetime(2026, 1, 1)), ValueError, "has no time zone"),
        (
            ch.LicenseProfileTrait(purchased_seats=2**63),
            ValueError,
            "traits[0].purchased_seats: 9223372036854775808 is",
        ),
        (ch.LicenseProfileTrait(entitlement_ids="abc"), TypeError, "entitlement_ids: a tuple or list is needed"),
        (ch.SecurityInsightTrait(insight="bad"), TypeError, "insight: RiskScore or SecurityIssue is needed, not str"),
        (ch.VendorAgreementTrait(line_items=({"a": 1},)), TypeError, "line_items[0]: LineItem is needed, not dict"),
        (ch.VendorTrait(vendor_name="caf\udce9"), ValueError, "lone surrogate"),
        (ch.RoleTrait(scope_conditions="x == 1"), TypeError, "scope_conditions: RoleScopeConditions is needed"),
        (ch.AppTrait(flags=("hidden",)), TypeError, "flags[0]: AppFlag is needed, not str"),
    ],
)
def test_a_wrong_value_is_refused_by_name(trait, error, says):
    with pytest.raises(error) as raised:
        encode.resource(ch.Resource(ch.ResourceId("any", "1"), traits=(trait,)))
    assert says in str(raised.value)


def test_numbers_of_a_later_version_are_unspecified():
    message = traits_pb2.ManagedDeviceTrait(device_type=55)
    resource = objects_pb2.Resource()
    resource.annotations.add().Pack(message)
    assert decode.resource(resource.SerializeToString()).traits == (ch.ManagedDeviceTrait(),)


def test_fields_of_resources_and_types_that_only_some_connectors_set():
    resource = ch.Resource(
        ch.ResourceId("user", "1"), external_id=ch.ExternalId("x", "https://x", "elsewhere"), baton_resource=True
    )
    data = encode.resource(resource)
    assert decode.resource(data) == resource
    assert objects_pb2.Resource.FromString(data).SerializeToString(deterministic=True) == data
    resource_type = ch.ResourceType("user", sourced_externally=True)
    data = encode.resource_type(resource_type)
    assert decode.resource_type(data) == resource_type
    assert objects_pb2.ResourceType.FromString(data).SerializeToString(deterministic=True) == data
