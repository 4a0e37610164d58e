"""Learnt shapes: whatever was seen before, a message renders as it does without them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.errors import FileError
from connector_host.model import (
    Annotation,
    AppTrait,
    Email,
    Entitlement,
    Grant,
    GroupTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    UserTrait,
)
from connector_host.wire import encode, render
from connector_host.wire.grants import GrantEncoder
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.render import GrantText
from connector_host.wire.shapes import Shapes
from connector_host.wire.stored import with_sources

PLAIN = {
    "resource": render._maker(objects_pb2.Resource, "resource"),
    "entitlement": render._maker(objects_pb2.Entitlement, "entitlement"),
}
KINDS = {"resource": objects_pb2.Resource.DESCRIPTOR, "entitlement": objects_pb2.Entitlement.DESCRIPTOR}
TEXT = st.text(max_size=4) | st.sampled_from(["x" * 130, "é" * 80, '"\\', "x" * 17000])
RESOURCES = st.builds(
    Resource,
    st.builds(ResourceId, TEXT, TEXT),
    TEXT,
    traits=st.sampled_from([(), (GroupTrait(),), (AppTrait(help_url="h"),)])
    | st.builds(lambda *mails: (UserTrait(emails=tuple(Email(mail, True) for mail in mails)),), TEXT, TEXT),
    profile=st.none()
    | st.dictionaries(
        st.sampled_from(["n", "nested", "a"]), TEXT | st.integers(0, 1) | st.lists(TEXT, max_size=2), max_size=3
    ),
    annotations=st.sampled_from(
        [(), (Annotation("no.Such", b"x"),), (Annotation("c1.connector.v2.RawId", b"\x0a\x01x"),)]
    ),
)
ENTITLEMENTS = st.builds(
    Entitlement, RESOURCES, TEXT, st.sampled_from(Purpose), TEXT, TEXT, st.just((ResourceType("user"),))
)
MESSAGES = {
    "resource": RESOURCES.map(encode.resource),
    "entitlement": ENTITLEMENTS.map(lambda value: encode.entitlement(value, {})),
}


def result(action, data):
    try:
        return action(data)
    except FileError as error:
        return error.message


@settings(max_examples=60)
@given(st.sampled_from(list(KINDS)), st.data())
def test_messages_render_as_without_shapes(kind, data):
    shaped, plain = Shapes(KINDS[kind], PLAIN[kind]), PLAIN[kind]
    for message in data.draw(st.lists(MESSAGES[kind], min_size=1, max_size=6)):
        for again in (message, message):  # the second one may fit what the first taught
            assert shaped(again) == plain(again)
        raw = bytearray(message)
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        for damaged in (bytes(raw), message[: len(message) // 2], message + message, message + b"\xfa\x01\x01x"):
            assert result(shaped, damaged) == result(plain, damaged)


def user(number):
    who = ResourceId("user", f"u{number}")
    return encode.resource(
        Resource(
            who,
            f"User {number}",
            traits=(UserTrait(emails=(Email(f"{number}@x", True),)),),
            profile={"login": str(number)},
        )
    )


def test_a_shape_saves_the_renderer_the_messages_that_fit():
    seen = []
    shaped = Shapes(KINDS["resource"], lambda data: seen.append(data) or PLAIN["resource"](data))
    for number in range(500):
        assert shaped(user(number)) == PLAIN["resource"](user(number))
    assert len(seen) < 50


def test_where_nothing_fits_it_stops_trying():
    shaped = Shapes(KINDS["resource"], PLAIN["resource"])
    for number in range(1000):  # numbers are part of a shape
        message = encode.resource(Resource(ResourceId("a", "b"), profile={"n": number}))
        assert shaped(message) == PLAIN["resource"](message)
    assert not shaped._shapes


def test_what_is_no_bytes_is_refused_as_ever():
    for wrong in (None, 5, "text", bytearray(b"")):
        assert "is not a valid message" in result(Shapes(KINDS["resource"], PLAIN["resource"]), wrong)


# ----------------------------------------------------------------------------------------------- grants

HELD = st.sampled_from([Resource(ResourceId("g", "1"), "One").ref("m"), Resource(ResourceId("g", "2")).ref("é")])
GRANTS = st.builds(
    Grant,
    HELD,
    st.builds(ResourceId, st.just("user"), TEXT),
    id=TEXT,
    annotations=st.sampled_from([(), (Annotation("c1.connector.v2.RawId"),), (Annotation("no.Such"),)]),
    sources=st.none() | st.dictionaries(TEXT, st.booleans(), max_size=2),
)


@given(st.lists(GRANTS.map(lambda value: GrantEncoder().row(value)[-1]), min_size=1, max_size=8), st.data())
def test_grants_in_a_row_render_as_one_by_one(messages, data):
    text = GrantText()
    for message in messages:
        raw = bytearray(message)
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        slim = b"\x1a\x01i"
        for one in (
            message,
            bytes(raw),
            message + b"\x1a\x00",
            with_sources(message, {}),
            message[:-1],
            slim,
            b"",
            message + message,
        ):
            got = result(text, one)
            assert (got.decode() if isinstance(got, bytes) else got) == result(render.grant, one)


def test_a_grant_whose_id_is_written_though_empty_has_none():
    whole = GrantEncoder().row(Grant(Resource(ResourceId("g", "1")).ref("m"), ResourceId("user", "x"), id="i"))[-1]
    empty = whole.removesuffix(b"\x1a\x01i") + b"\x1a\x00"
    assert GrantText()(empty).decode() == render.grant(empty)
    assert '"id":""' not in render.grant(empty)
