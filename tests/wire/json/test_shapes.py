"""The quick ways of rendering give what the plain one gives, for every message."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host import model as m
from connector_host.errors import FileError
from connector_host.wire import encode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.json import rendering
from connector_host.wire.json.shape_learning import learn
from connector_host.wire.json.shapes import CLOSE, FIXED, Frames, Shapes
from connector_host.wire.pb.c1.connector.v2 import objects_pb2
from connector_host.wire.wire_format import block, length

plain_resource = rendering._maker(objects_pb2.Resource, "resource")
plain_entitlement = rendering._maker(objects_pb2.Entitlement, "entitlement")

texts = st.text(max_size=6) | st.sampled_from(["", "x" * 127, "x" * 128, "é" * 80, "y" * 200, '"\\\n\x00', "z" * 17000])
names = st.sampled_from(["a", "b", "name", "n", "nested"])


def outcome(render_it, data):
    try:
        return render_it(data)
    except FileError as error:
        return error.message


@st.composite
def resources(draw):
    """A few shapes, with any texts."""
    kind = draw(st.integers(0, 4))
    traits = ()
    if kind in (1, 2):
        mails = tuple(m.Email(draw(texts), is_primary=number == 0) for number in range(kind))
        traits = (m.UserTrait(emails=mails, login=draw(texts) if kind == 2 else ""),)
    if kind == 3:
        traits = (m.GroupTrait(group_source_type=draw(texts)),)
    profile = draw(
        st.none()
        | st.dictionaries(names, texts, max_size=3)
        | st.dictionaries(
            names, st.booleans() | st.integers(0, 9) | st.lists(texts, max_size=2) | st.none(), max_size=2
        )
        | st.dictionaries(names, st.dictionaries(names, texts, max_size=2), max_size=2)
    )
    return m.Resource(
        m.ResourceId(draw(texts), draw(texts)),
        draw(texts),
        m.ResourceId("org", draw(texts)) if draw(st.booleans()) else None,
        draw(texts),
        traits,
        ("child",) if kind == 4 else (),
        profile,
        m.Status(m.ResourceStatus.ENABLED, draw(texts)) if draw(st.booleans()) else None,
    )


@settings(deadline=None)
@given(st.lists(resources(), max_size=12))
def test_shapes_render_what_the_renderer_renders(values):
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, plain_resource, learn)
    for value in values + values:
        data = encode.resource(value)
        assert shapes(data) == plain_resource(data)


@settings(deadline=None)
@given(st.lists(resources(), min_size=1, max_size=5), st.data())
def test_damaged_messages_are_the_same_error_with_and_without_shapes(values, data):
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, plain_resource, learn)
    for value in values:
        raw = encode.resource(value)
        shapes(raw)
        broken = bytearray(raw)
        for _ in range(data.draw(st.integers(1, 3))):
            if broken:
                at = data.draw(st.integers(0, len(broken) - 1))
                broken[at] = data.draw(st.integers(0, 255))
        cut = data.draw(st.integers(0, len(broken)))
        for other in (bytes(broken), bytes(broken[:cut]), raw + bytes(broken[:cut])):
            assert outcome(shapes, other) == outcome(plain_resource, other)


@settings(deadline=None)
@given(st.lists(st.tuples(resources(), texts, texts), max_size=6))
def test_entitlements_too(values):
    shapes = Shapes(objects_pb2.Entitlement.DESCRIPTOR, plain_entitlement, learn)
    for on, slug, name in values + values:
        data = encode.entitlement(m.Entitlement(on, slug, display_name=name, grantable_to=("user",)), {})
        assert shapes(data) == plain_entitlement(data)


def users(count, **fields):
    return [
        encode.resource(
            m.Resource(
                m.ResourceId("user", f"u{number}"),
                f"User {number}",
                traits=(m.UserTrait(emails=(m.Email(f"u{number}@example.com", is_primary=True),)),),
                profile={"login": f"u{number}", **{key: value(number) for key, value in fields.items()}},
            )
        )
        for number in range(count)
    ]


def test_like_messages_are_rendered_without_the_renderer():
    calls = []
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, lambda data: calls.append(data) or plain_resource(data), learn)
    every = users(500)
    assert [shapes(data) for data in every] == [plain_resource(data) for data in every]
    assert len(calls) == 2  # the example, and its marked copy


def test_messages_that_are_all_unlike_end_the_search():
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, plain_resource, learn)
    every = users(600, number=float)  # a number is part of the shape
    assert [shapes(data) for data in every] == [plain_resource(data) for data in every]
    assert shapes._shapes == ()
    assert shapes._learnt < 10


def test_two_kinds_of_messages_are_both_learnt():
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, plain_resource, learn)
    for pair in zip(users(50), users(50, more=str), strict=True):
        for data in pair:
            assert shapes(data) == plain_resource(data)
    assert len(shapes._shapes) == 2
    assert shapes._fitted == 98


def test_order_of_keys_in_json_need_not_be_that_of_the_bytes():
    entries = [(b"b", b"second"), (b"a", b"first")]
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, plain_resource, learn)
    for suffix in (b"", b"!"):
        struct = b"".join(
            block(b"\x0a", block(b"\x0a", key) + block(b"\x12", block(b"\x1a", text + suffix))) for key, text in entries
        )
        data = block(b"\x4a", struct)
        assert shapes(data) == plain_resource(data)
    assert shapes._fitted == 1


@given(st.integers(0, 300), st.booleans())
def test_frames_hold_the_lengths_that_belong_to_a_text(size, may_be_empty):
    frames = Frames(((b"pre\x0a", b""), (b"fixed\x12", b"tail"), (b"\x1a", b"end")), may_be_empty=may_be_empty)
    text = b"x" * size
    inner = block(b"fixed\x12", block(b"\x1a", text) + b"end") + b"tail"
    field = b"pre\x0a" + length(len(inner)) + inner
    found = frames.find(len(inner))
    if not size and not may_be_empty:
        assert found is None
    else:
        before, wanted, after = found
        assert before + text + after == field
        assert wanted == size
    assert frames.find(3) is None  # no text is so short that this could be


def test_steps_are_few():
    """What makes it quick: a text with all the lengths around it is one step."""
    shapes = Shapes(objects_pb2.Resource.DESCRIPTOR, plain_resource, learn)
    shapes(users(1)[0])
    kinds = [kind for kind, _, _ in shapes._shapes[0].steps]
    assert len(kinds) < 10
    assert {CLOSE, FIXED} <= set(kinds)


# ----------------------------------------------------------------------------------------------- grants


@st.composite
def grants(draw):
    on = m.Resource(m.ResourceId("group", draw(st.sampled_from("abc"))), draw(st.sampled_from(["One", "é" * 90])))
    held = m.EntitlementRef(on, draw(st.sampled_from(["member", "x" * 130])))
    who = m.ResourceId("user", draw(st.sampled_from(["u", "v", "w" * 130, '"'])))
    return m.Grant(
        held,
        draw(st.just(who) | st.just(m.Resource(who, "Name"))),
        annotations=draw(st.sampled_from([(), (m.Annotation("c1.connector.v2.GrantImmutable"),)])),
        sources=draw(st.sampled_from([None, {"s": True}])),
        id=draw(st.sampled_from(["", "own", "é\n" * 70])),
    )


@settings(deadline=None)
@given(st.lists(grants(), max_size=20), st.binary(max_size=4))
def test_grants_in_a_row_render_as_each_alone(values, noise):
    text = rendering.GrantText()
    for *_, data, _ in GrantEncoder().rows(values):
        for other in (data, data[: len(data) // 2], data + noise, noise + data):
            assert outcome(text, other) == outcome(lambda raw: rendering.grant(raw).encode(), other)


def test_nothing_is_remembered_without_bound(monkeypatch):
    monkeypatch.setattr(rendering, "MOST_HOLDERS", 10)
    text = rendering.GrantText()
    on = m.EntitlementRef(m.Resource(m.ResourceId("group", "g")), "member")
    for *_, data, _ in GrantEncoder().rows([m.Grant(on, m.ResourceId("user", f"u{number}")) for number in range(100)]):
        assert text(data) == rendering.grant(data).encode()
    assert len(text._holders) <= 10


@pytest.mark.parametrize("data", [b"", b"\x0a", b"\x0a\x00", b"\x12\x00\x0a\x00", b"\x0a\x00\x12\x00\x1a\x00"])
def test_odd_grants(data):
    assert outcome(rendering.GrantText(), data) == outcome(lambda raw: rendering.grant(raw).encode(), data)
