"""Model values to bytes: the defaults, the order, what is refused, and that all of it reads back."""

from datetime import UTC, datetime

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from connector_host.model import (
    AccountType,
    Annotation,
    AppTrait,
    Can,
    Email,
    Entitlement,
    GrantExpandable,
    GroupTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    RoleTrait,
    SecretTrait,
    Status,
    StructuredName,
    Trait,
    UserTrait,
)
from connector_host.wire import decode, encode
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2, objects_pb2, traits_pb2

BOB = ResourceId("user", "bob")
NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


def parsed(kind: type[Message], data: bytes) -> Message:
    """The message, after checking that the library would write the same bytes."""
    message = kind.FromString(data)
    assert message.SerializeToString(deterministic=True) == data
    return message


def urls(message):
    return [item.type_url.removeprefix("type.googleapis.com/c1.connector.v2.") for item in message.annotations]


# ----------------------------------------------------------------------------------------------- laws

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.just("x" * 130)
ID = st.builds(ResourceId, TEXT, TEXT)
TIME = st.none() | st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
STATUS = st.builds(Status, st.sampled_from(ResourceStatus), TEXT)
OTHER = st.builds(
    Annotation, st.sampled_from(["c1.connector.v2.Rawid", "example.org/x.Y", "a.b.C"]), st.binary(max_size=9)
) | st.just(Annotation("c1.connector.v2.RawId", b"\x0a\x01x"))
OTHERS = st.lists(OTHER, max_size=3).map(tuple)
SWITCH = st.none() | st.booleans()
TRAITS = st.one_of(
    st.builds(
        UserTrait,
        emails=st.lists(st.builds(Email, TEXT, st.booleans()), max_size=3).map(tuple),
        status=STATUS,
        account_type=st.sampled_from(list(AccountType)[1:]),
        login=TEXT,
        login_aliases=TEXTS,
        employee_ids=TEXTS,
        last_login=TIME,
        mfa_enabled=SWITCH,
        sso_enabled=SWITCH,
        structured_name=st.none() | st.builds(StructuredName, TEXT, TEXT, TEXTS, TEXT, TEXT),
    ),
    st.builds(GroupTrait, group_source_type=TEXT, raw_group_source_type=TEXT),
    st.just(RoleTrait()),
    st.builds(AppTrait, help_url=TEXT, app_source_type=TEXT, raw_app_source_type=TEXT),
    st.builds(
        SecretTrait,
        created_at=TIME,
        expires_at=TIME,
        last_used_at=TIME,
        created_by=st.none() | ID,
        identity=st.none() | ID,
    ),
)
RESOURCES = st.builds(
    Resource,
    ID,
    TEXT,
    st.none() | ID,
    TEXT,
    st.lists(TRAITS, max_size=2).map(tuple),
    TEXTS,
    st.none() | st.dictionaries(st.sampled_from("abc"), TEXT | st.none() | st.integers(-5, 5), max_size=3),
    STATUS,
    TEXT,
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    OTHERS,
)
TYPES = st.builds(
    ResourceType,
    TEXT,
    TEXT,
    st.lists(st.sampled_from(Trait), max_size=3).map(tuple),
    TEXT,
    skip_entitlements_and_grants=st.booleans(),
    skip_entitlements=st.booleans(),
    annotations=OTHERS,
)


@given(RESOURCES)
def test_a_resource_reads_back(value):
    data = encode.resource(value)
    parsed(objects_pb2.Resource, data)
    assert decode.resource(data) == value
    assert encode.resource(decode.resource(data)) == data


@given(TYPES)
def test_a_resource_type_reads_back(value):
    data = encode.resource_type(value)
    parsed(objects_pb2.ResourceType, data)
    assert decode.resource_type(data) == value


@given(
    st.builds(
        Entitlement,
        RESOURCES,
        TEXT,
        st.sampled_from(Purpose),
        TEXT,
        TEXT,
        st.lists(TYPES, max_size=2).map(tuple),
        TEXT,
        OTHERS,
    )
)
def test_an_entitlement_reads_back(value):
    data = encode.entitlement(value, {})
    parsed(objects_pb2.Entitlement, data)
    back = decode.entitlement(data)
    assert back.display_name == (value.display_name or value.slug)
    assert back == Entitlement(
        **{**{n: getattr(value, n) for n in value.__struct_fields__}, "display_name": back.display_name}
    )


@given(st.builds(GrantExpandable, TEXTS, st.booleans(), TEXTS))
def test_an_expansion_reads_back(value):
    data = encode.expandable(value)
    parsed(annotations_pb2.GrantExpandable, data)
    assert decode.expandable(data) == value


# ----------------------------------------------------------------------------------------------- defaults and order


def user_trait(message) -> traits_pb2.UserTrait:
    return next(
        traits_pb2.UserTrait.FromString(item.value)
        for item in message.annotations
        if item.type_url.endswith(".UserTrait")
    )


def test_a_user_without_status_is_enabled_and_human_and_the_resource_says_so_too():
    message = parsed(objects_pb2.Resource, encode.resource(Resource(BOB, traits=(UserTrait(),))))
    trait = user_trait(message)
    assert (trait.status.status, trait.account_type) == (1, 1)
    assert message.status.status == 1


def test_a_users_status_goes_to_a_resource_that_has_none():
    gone = Status(ResourceStatus.DISABLED, "left")
    message = parsed(objects_pb2.Resource, encode.resource(Resource(BOB, traits=(UserTrait(status=gone),))))
    assert (message.status.status, message.status.details) == (2, "left")
    both = Resource(BOB, traits=(UserTrait(status=gone),), status=Status(ResourceStatus.DELETED))
    assert parsed(objects_pb2.Resource, encode.resource(both)).status.status == 3


def test_a_user_trait_without_status_does_not_contradict_its_resource():
    message = parsed(
        objects_pb2.Resource,
        encode.resource(Resource(BOB, status=Status(ResourceStatus.DISABLED), traits=(UserTrait(),))),
    )
    assert user_trait(message).status.status == message.status.status == 2


def test_a_secrets_creation_time_goes_to_a_resource_that_has_none():
    made = Resource(ResourceId("key", "1"), traits=(SecretTrait(created_at=NOON),))
    message = parsed(objects_pb2.Resource, encode.resource(made))
    assert message.created_at.ToDatetime(UTC) == NOON
    assert not message.HasField("status")
    both = Resource(BOB, status=Status(), created_at=NOON.replace(year=2020), traits=made.traits)
    assert parsed(objects_pb2.Resource, encode.resource(both)).created_at.ToDatetime(UTC).year == 2020
    mixed = Resource(BOB, traits=(UserTrait(), *made.traits))
    assert parsed(objects_pb2.Resource, encode.resource(mixed)).created_at.ToDatetime(UTC) == NOON


def test_annotations_stand_in_the_order_of_go_connectors():
    value = Resource(
        BOB,
        traits=(UserTrait(), GroupTrait()),
        child_types=("b", "a"),
        skip_entitlements_and_grants=True,
        skip_entitlements=True,
        skip_grants=True,
        annotations=(Annotation("c1.connector.v2.RawId", b"\x0a\x01x"), Annotation("c1.connector.v2.ExternalLink")),
    )
    message = parsed(objects_pb2.Resource, encode.resource(value))
    assert urls(message) == [
        "ChildResourceType",
        "ChildResourceType",
        "SkipEntitlementsAndGrants",
        "SkipEntitlements",
        "SkipGrants",
        "UserTrait",
        "GroupTrait",
        "RawId",
        "ExternalLink",
    ]
    assert message.annotations[0].value == b"\x0a\x01b"


def test_an_entitlement_without_name_gets_its_slug_and_ids_become_the_listed_types():
    user = ResourceType("user", "User", (Trait.USER,), can=frozenset({Can.DELETE}))
    value = Entitlement(
        Resource(ResourceId("g", "1")), "member", grantable_to=("user", "odd"), annotations=(Annotation("x.Y", b"1"),)
    )
    message = parsed(objects_pb2.Entitlement, encode.entitlement(value, {"user": user}))
    assert (message.id, message.display_name, message.slug) == ("g:1:member", "member", "member")
    assert [(kind.id, kind.display_name, list(kind.traits)) for kind in message.grantable_to] == [
        ("user", "User", [1]),
        ("odd", "", []),
    ]
    assert [(item.type_url, item.value) for item in message.annotations] == [("type.googleapis.com/x.Y", b"1")]


def test_a_switch_that_is_off_is_there():
    message = user_trait(
        objects_pb2.Resource.FromString(
            encode.resource(Resource(BOB, traits=(UserTrait(mfa_enabled=False, sso_enabled=True),)))
        )
    )
    assert message.HasField("mfa_status")
    assert not message.mfa_status.mfa_enabled
    assert message.sso_status.sso_enabled


# ----------------------------------------------------------------------------------------------- refusals

G = ResourceId("g", "1")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Resource(G, 5), "display_name: a text .* not int"),
        (Resource(G, None), "display_name: .* not NoneType"),
        (Resource("g:1"), "id: ResourceId is needed, not str"),
        (Resource(ResourceId("g", 1)), "id.resource: .* not int"),
        (Resource(G, parent="g:1"), "parent: ResourceId is needed"),
        (Resource(G, description=b"x"), "description: .* not bytes"),
        (Resource(G, traits=UserTrait()), "traits: a tuple or list is needed, not UserTrait"),
        (Resource(G, traits=("user",)), r"traits\[0\]: a UserTrait, GroupTrait, .* not str"),
        (Resource(G, traits=(UserTrait(emails=("a@b.c",)),)), r"traits\[0\].emails\[0\]: Email is needed, not str"),
        (Resource(G, traits=(UserTrait(emails="a@b.c"),)), r"traits\[0\].emails: a tuple or list is needed, not str"),
        (Resource(G, traits=(UserTrait(emails=(Email("a", 1),)),)), r"emails\[0\].is_primary: bool is needed, not int"),
        (Resource(G, traits=(UserTrait(login=5),)), r"traits\[0\].login: "),
        (Resource(G, traits=(UserTrait(login_aliases="ab"),)), r"traits\[0\].login_aliases: a tuple"),
        (Resource(G, traits=(UserTrait(status="enabled"),)), "status: Status is needed, not str"),
        (Resource(G, traits=(UserTrait(status=Status(1)),)), "status.status: ResourceStatus is needed, not int"),
        (Resource(G, traits=(UserTrait(account_type=1),)), "account_type: AccountType is needed"),
        (Resource(G, traits=(UserTrait(last_login="now"),)), "last_login: a datetime is needed"),
        (Resource(G, traits=(UserTrait(mfa_enabled="yes"),)), "mfa_enabled: bool is needed"),
        (Resource(G, traits=(UserTrait(structured_name="Bob"),)), "structured_name: StructuredName is needed"),
        (Resource(G, traits=(SecretTrait(created_by="bob"),)), "created_by: ResourceId is needed"),
        (Resource(G, child_types="user"), "child_types: a tuple"),
        (Resource(G, child_types=(1,)), r"child_types\[0\]: "),
        (Resource(G, profile=[1]), "profile: a mapping is needed"),
        (Resource(G, status=ResourceStatus.ENABLED), "status: Status is needed, not ResourceStatus"),
        (Resource(G, icon=3), "icon: "),
        (Resource(G, created_at=1.5), "created_at: a datetime"),
        (Resource(G, skip_grants="no"), "skip_grants: bool is needed, not str"),
        (Resource(G, annotations=({},)), r"annotations\[0\]: Annotation is needed, not dict"),
        (Resource(G, annotations=(Annotation("x", "y"),)), r"annotations\[0\].value: .* not str"),
        ("g", "resource: Resource is needed, not str"),
    ],
)
def test_a_wrong_type_in_a_resource_is_named(value, words):
    with pytest.raises(TypeError, match=words):
        encode.resource(value)


def test_values_that_cannot_be_written_are_named():
    with pytest.raises(ValueError, match="created_at: .* has no time zone"):
        encode.resource(Resource(G, created_at=datetime(2026, 1, 1)))
    with pytest.raises(ValueError, match=r"annotations\[0\]: an annotation needs a type_name"):
        encode.resource(Resource(G, annotations=(Annotation(""),)))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: encode.resource_type("user"), "resource type: ResourceType is needed"),
        (lambda: encode.resource_type(ResourceType("user", traits=(1,))), r"traits\[0\]: Trait is needed, not int"),
        (lambda: encode.resource_type(ResourceType("user", traits=Trait.USER)), "traits: a tuple or list"),
        (lambda: encode.entitlement(Entitlement("r", "s", id="i"), {}), "resource: Resource is needed, not str"),
        (lambda: encode.entitlement(Entitlement(Resource(G), "s", 1), {}), "purpose: Purpose is needed, not int"),
        (lambda: encode.entitlement(Entitlement(Resource(G), 5, id="i", display_name="x"), {}), "slug: "),
        (
            lambda: encode.entitlement(Entitlement(Resource(G), "s", grantable_to=(5,)), {}),
            r"grantable_to\[0\]: ResourceType is needed",
        ),
        (lambda: encode.entitlement(Entitlement(Resource(G), "s", grantable_to="user"), {}), "grantable_to: a tuple"),
        (lambda: encode.expandable(GrantExpandable("a")), "expandable.entitlement_ids: a tuple"),
        (lambda: encode.expandable(GrantExpandable(("a",), 1)), "expandable.shallow: bool"),
        (lambda: encode.external_match("x"), "match: an ExternalResourceMatch"),
    ],
)
def test_a_wrong_type_elsewhere_is_named(action, words):
    with pytest.raises(TypeError, match=words):
        action()
