"""The answers of a connector in Python that is served as a process: its pages as messages."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import any_pb2

from ...model import Asset, Grant, Identity, Page, RateLimitStatus, ResourceType
from .. import encode
from ..grant_encoder import GrantEncoder
from ..pb.c1.connector.v2 import annotations_pb2, connector_pb2, objects_pb2
from ..pb.c1.host.v1 import parts_pb2
from ..wire_format import LENGTHS, block, length, text

__all__ = ["AnswerWriter", "asset_messages", "identity_answer"]

EXPANDABLE = encode.PACKAGE + "GrantExpandable"
ASSET_PART = 1 << 20
"""Bytes of an image in one message."""
SDK_VERSION = "v0.25.0"
"""The version of the Go SDK whose protocol is followed: from 0.4.3 on hosts send the id of the sync."""


class AnswerWriter:
    """Writer of pages; used from several threads."""

    def __init__(self) -> None:
        self._grants = GrantEncoder()
        self._lock = threading.Lock()

    def types(self, page: Page[ResourceType]) -> bytes:
        """Return the answer of `ListResourceTypes`."""
        return _list([encode.resource_type(item) for item in page.items], page)

    def resources(self, page: Page[Any]) -> bytes:
        """Return the answer of `ListResources`."""
        return _list([encode.resource(item) for item in page.items], page)

    def entitlements(self, page: Page[Any], types: Mapping[str, ResourceType], *, are_templates: bool = False) -> bytes:
        """Return the answer of `ListEntitlements` or `ListStaticEntitlements`."""
        return _list([encode.entitlement(item, types, is_template=are_templates) for item in page.items], page)

    def grants(self, page: Page[Grant]) -> bytes:
        """Return the answer of `ListGrants`."""
        with self._lock:
            rows = self._grants.rows(page.items)
            self._grants.take_new_principals()
        items = [
            row.data if row.expansion is None else row.data + encode.packed(EXPANDABLE, row.expansion) for row in rows
        ]
        return _list(items, page)


def _list(items: Sequence[bytes], page: Page[Any]) -> bytes:
    parts: list[bytes] = []
    for item in items:
        size = len(item)
        parts += (b"\x0a", LENGTHS[size] if size < 2048 else length(size), item)
    parts.append(text(b"\x12", page.next_token or "", "next_token"))
    parts += [block(b"\x1a", note.SerializeToString()) for note in _notes(page)]
    return b"".join(parts)


def _notes(page: Page[Any]) -> list[any_pb2.Any]:
    notes: list[Any] = []
    if page.insert_resources:
        notes.append(annotations_pb2.InsertResourceGrants())
    if page.more_tokens:
        notes.append(annotations_pb2.EnqueuePageTokens(page_tokens=page.more_tokens))
    if isinstance(page.rate_limit, RateLimitStatus):
        notes.append(_rate_limit(page.rate_limit))
    if page.gaps or page.skipped:
        notes.append(parts_pb2.PageRemarks(gaps=page.gaps, skipped=page.skipped))
    packed = [any_pb2.Any() for _ in notes]
    for target, note in zip(packed, notes, strict=True):
        target.Pack(note)
    return packed


def _rate_limit(status: RateLimitStatus) -> annotations_pb2.RateLimitDescription:
    message = annotations_pb2.RateLimitDescription(
        status=annotations_pb2.RateLimitDescription.STATUS_OK, limit=status.limit, remaining=status.remaining
    )
    if status.reset_at is not None:
        message.reset_at.FromDatetime(status.reset_at)
    return message


def identity_answer(identity: Identity) -> bytes:
    """Return the answer of `Validate`."""
    answer = connector_pb2.ConnectorServiceValidateResponse(sdk_version=SDK_VERSION)
    answer.annotations.add().Pack(
        parts_pb2.ConnectorIdentity(
            account=identity.account,
            user=identity.user,
            plan=identity.plan,
            mode=identity.mode,
            limits=identity.limits,
            source=identity.source,
        )
    )
    data: bytes = answer.SerializeToString()
    return data


def asset_messages(asset: Asset) -> list[bytes]:
    """Return the messages of a `GetAsset` answer: the content type, then the image in parts."""
    answer = objects_pb2.AssetServiceGetAssetResponse
    metadata = answer(metadata=answer.Metadata(content_type=asset.content_type))
    parts = [asset.data[start : start + ASSET_PART] for start in range(0, len(asset.data), ASSET_PART)]
    return [message.SerializeToString() for message in (metadata, *(answer(data=answer.Data(data=p)) for p in parts))]
