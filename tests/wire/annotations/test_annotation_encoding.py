"""Annotations from plain values: equal to the message's own bytes; unknown names and fields are refused by name."""

from datetime import UTC, datetime

import pytest

from connector_host import Annotation, ConfigError
from connector_host.wire.annotations.annotation_encoding import annotation_payload
from connector_host.wire.message_registry import message_names
from connector_host.wire.pb.c1.connector.v2 import annotations_pb2


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Annotation.external_link("https://x"), annotations_pb2.ExternalLink(url="https://x")),
        (Annotation.aliases("a", "b"), annotations_pb2.Aliases(ids=["a", "b"])),
        (Annotation.raw_id("7"), annotations_pb2.RawId(id="7")),
        (Annotation.v1_identifier("7"), annotations_pb2.V1Identifier(id="7")),
        (Annotation.opt_in_required(), annotations_pb2.OptInRequired()),
        (Annotation.deprecated(), annotations_pb2.Deprecated()),
        (Annotation.skip_sync_anomaly_detection(), annotations_pb2.SkipSyncAnomalyDetection()),
        (
            Annotation.permissions("users:read", "groups:read"),
            annotations_pb2.CapabilityPermissions(
                permissions=[{"permission": "users:read"}, {"permission": "groups:read"}]
            ),
        ),
        (
            Annotation.exclusion_group("plan", order=2, is_default=True),
            annotations_pb2.EntitlementExclusionGroup(exclusion_group_id="plan", order=2, is_default=True),
        ),
        (Annotation.entitlement_immutable("s"), annotations_pb2.EntitlementImmutable(source_id="s")),
        (Annotation.grant_immutable(metadata={"a": 1}), annotations_pb2.GrantImmutable(metadata={"a": 1})),
        (
            Annotation.grant_metadata({"a": [1, "x", None]}),
            annotations_pb2.GrantMetadata(metadata={"a": [1, "x", None]}),
        ),
        (Annotation.of("ETag", {"value": "v"}), annotations_pb2.ETag(value="v")),
    ],
    ids=lambda value: getattr(value, "type_name", ""),
)
def test_it_is_the_message(annotation, message):
    assert annotation.type_name == message.DESCRIPTOR.full_name
    assert annotation_payload(annotation, "annotations[0]") == message.SerializeToString(deterministic=True)
    assert hash(annotation) == hash(Annotation(annotation.type_name, b"", annotation.content))


def test_times_bytes_and_enums_are_plain_values():
    fields = {"status": "STATUS_OVERLIMIT", "reset_at": datetime(2026, 1, 2, tzinfo=UTC)}
    payload = annotation_payload(Annotation.of("RateLimitDescription", fields), "it")
    message = annotations_pb2.RateLimitDescription.FromString(payload)
    assert (message.status, message.reset_at.seconds) == (2, 1767312000)


@pytest.mark.parametrize("name", message_names())
def test_every_known_message_can_be_an_annotation(name):
    assert annotation_payload(Annotation.of(name), "it") == b""


@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        (
            Annotation.of("ExternLink", {"url": "x"}),
            "no message c1.connector.v2.ExternLink is known; did you mean External",
        ),
        (Annotation.of("ExternalLink", {"ulr": "x"}), "ExternalLink.*ulr.*its fields: url"),
        (Annotation.of("ExternalLink", {"url": 5}), "ExternalLink.*url"),
        (Annotation.of("Aliases", {"ids": "abc"}), "Aliases.*ids"),
        (Annotation.of("zzz.Zzz"), "no message zzz.Zzz is known$"),
        (Annotation("c1.connector.v2.RawId", b"\x0a\x01x", '{"id": "x"}'), "either a value or a content"),
    ],
)
def test_a_wrong_name_or_field_is_refused(annotation, says):
    with pytest.raises(ValueError, match=f"^annotations.3.: .*{says}"):
        annotation_payload(annotation, "annotations[3]")


def test_bytes_are_needed_for_a_value():
    with pytest.raises(TypeError, match="Annotation.of"):
        annotation_payload(Annotation("c1.connector.v2.RawId", "x"), "it")


def test_a_value_that_is_not_json_is_refused_at_once():
    with pytest.raises(ConfigError, match="annotation GrantMetadata"):
        Annotation.grant_metadata({"a": object()})
