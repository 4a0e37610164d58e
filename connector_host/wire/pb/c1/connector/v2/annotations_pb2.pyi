import datetime

from connector_host.wire.pb.c1.connector.v2 import objects_pb2 as _objects_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChildResourceType(_message.Message):
    __slots__ = ("resource_type_id",)
    RESOURCE_TYPE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_type_id: str
    def __init__(self, resource_type_id: _Optional[str] = ...) -> None: ...

class SkipEntitlementsAndGrants(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SkipEntitlements(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SkipGrants(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TypeScopedEntitlements(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TypeScopedGrants(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EnqueuePageTokens(_message.Message):
    __slots__ = ("page_tokens", "estimated_total")
    PAGE_TOKENS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_TOTAL_FIELD_NUMBER: _ClassVar[int]
    page_tokens: _containers.RepeatedScalarFieldContainer[str]
    estimated_total: int
    def __init__(self, page_tokens: _Optional[_Iterable[str]] = ..., estimated_total: _Optional[int] = ...) -> None: ...

class GrantExpandable(_message.Message):
    __slots__ = ("entitlement_ids", "shallow", "resource_type_ids")
    ENTITLEMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    SHALLOW_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_IDS_FIELD_NUMBER: _ClassVar[int]
    entitlement_ids: _containers.RepeatedScalarFieldContainer[str]
    shallow: bool
    resource_type_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, entitlement_ids: _Optional[_Iterable[str]] = ..., shallow: bool = ..., resource_type_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GrantImmutable(_message.Message):
    __slots__ = ("source_id", "metadata")
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    source_id: str
    metadata: _struct_pb2.Struct
    def __init__(self, source_id: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class EntitlementImmutable(_message.Message):
    __slots__ = ("source_id", "metadata")
    SOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    source_id: str
    metadata: _struct_pb2.Struct
    def __init__(self, source_id: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class GrantMetadata(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _struct_pb2.Struct
    def __init__(self, metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class GrantAlreadyExists(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GrantAlreadyRevoked(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GrantReplaced(_message.Message):
    __slots__ = ("replaced_grant_id",)
    REPLACED_GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    replaced_grant_id: str
    def __init__(self, replaced_grant_id: _Optional[str] = ...) -> None: ...

class InsertResourceGrants(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExternalResourceMatch(_message.Message):
    __slots__ = ("resource_type", "key", "value")
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    resource_type: _objects_pb2.ResourceType.Trait
    key: str
    value: str
    def __init__(self, resource_type: _Optional[_Union[_objects_pb2.ResourceType.Trait, str]] = ..., key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ExternalResourceMatchAll(_message.Message):
    __slots__ = ("resource_type",)
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    resource_type: _objects_pb2.ResourceType.Trait
    def __init__(self, resource_type: _Optional[_Union[_objects_pb2.ResourceType.Trait, str]] = ...) -> None: ...

class ExternalResourceMatchID(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class BatonID(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EntitlementExclusionGroup(_message.Message):
    __slots__ = ("exclusion_group_id", "order", "is_default", "scope_to_resource")
    EXCLUSION_GROUP_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_TO_RESOURCE_FIELD_NUMBER: _ClassVar[int]
    exclusion_group_id: str
    order: int
    is_default: bool
    scope_to_resource: bool
    def __init__(self, exclusion_group_id: _Optional[str] = ..., order: _Optional[int] = ..., is_default: bool = ..., scope_to_resource: bool = ...) -> None: ...

class Aliases(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, ids: _Optional[_Iterable[str]] = ...) -> None: ...

class RawId(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class V1Identifier(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class RequestId(_message.Message):
    __slots__ = ("request_id",)
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    def __init__(self, request_id: _Optional[str] = ...) -> None: ...

class ExternalLink(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class ExternalTicketSettings(_message.Message):
    __slots__ = ("enabled",)
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    def __init__(self, enabled: bool = ...) -> None: ...

class ExternalTicketRef(_message.Message):
    __slots__ = ("id", "external_ticket_provisioner_config_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_TICKET_PROVISIONER_CONFIG_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    external_ticket_provisioner_config_id: str
    def __init__(self, id: _Optional[str] = ..., external_ticket_provisioner_config_id: _Optional[str] = ...) -> None: ...

class ResourceDoesNotExist(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResourceDeleted(_message.Message):
    __slots__ = ("resource_id",)
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: _objects_pb2.ResourceId
    def __init__(self, resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ...) -> None: ...

class RateLimitDescription(_message.Message):
    __slots__ = ("status", "limit", "remaining", "reset_at")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[RateLimitDescription.Status]
        STATUS_OK: _ClassVar[RateLimitDescription.Status]
        STATUS_OVERLIMIT: _ClassVar[RateLimitDescription.Status]
        STATUS_ERROR: _ClassVar[RateLimitDescription.Status]
    STATUS_UNSPECIFIED: RateLimitDescription.Status
    STATUS_OK: RateLimitDescription.Status
    STATUS_OVERLIMIT: RateLimitDescription.Status
    STATUS_ERROR: RateLimitDescription.Status
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    RESET_AT_FIELD_NUMBER: _ClassVar[int]
    status: RateLimitDescription.Status
    limit: int
    remaining: int
    reset_at: _timestamp_pb2.Timestamp
    def __init__(self, status: _Optional[_Union[RateLimitDescription.Status, str]] = ..., limit: _Optional[int] = ..., remaining: _Optional[int] = ..., reset_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RateLimitWaitReport(_message.Message):
    __slots__ = ("wait_ms",)
    WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    wait_ms: int
    def __init__(self, wait_ms: _Optional[int] = ...) -> None: ...

class SessionStoreUsage(_message.Message):
    __slots__ = ("kind", "ops")
    class OpStats(_message.Message):
        __slots__ = ("op", "count", "errors", "timeouts", "total_ms", "max_ms")
        OP_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        ERRORS_FIELD_NUMBER: _ClassVar[int]
        TIMEOUTS_FIELD_NUMBER: _ClassVar[int]
        TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
        MAX_MS_FIELD_NUMBER: _ClassVar[int]
        op: str
        count: int
        errors: int
        timeouts: int
        total_ms: int
        max_ms: int
        def __init__(self, op: _Optional[str] = ..., count: _Optional[int] = ..., errors: _Optional[int] = ..., timeouts: _Optional[int] = ..., total_ms: _Optional[int] = ..., max_ms: _Optional[int] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    OPS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    ops: _containers.RepeatedCompositeFieldContainer[SessionStoreUsage.OpStats]
    def __init__(self, kind: _Optional[str] = ..., ops: _Optional[_Iterable[_Union[SessionStoreUsage.OpStats, _Mapping]]] = ...) -> None: ...

class ETag(_message.Message):
    __slots__ = ("value", "entitlement_id")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    ENTITLEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    value: str
    entitlement_id: str
    def __init__(self, value: _Optional[str] = ..., entitlement_id: _Optional[str] = ...) -> None: ...

class ETagMetadata(_message.Message):
    __slots__ = ("metadata",)
    METADATA_FIELD_NUMBER: _ClassVar[int]
    metadata: _struct_pb2.Struct
    def __init__(self, metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class ETagMatch(_message.Message):
    __slots__ = ("entitlement_id",)
    ENTITLEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    entitlement_id: str
    def __init__(self, entitlement_id: _Optional[str] = ...) -> None: ...

class SourceCacheCapability(_message.Message):
    __slots__ = ("mode", "cache_generation", "config_fingerprint")
    class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODE_UNSPECIFIED: _ClassVar[SourceCacheCapability.Mode]
        MODE_DISABLED: _ClassVar[SourceCacheCapability.Mode]
        MODE_READ_WRITE: _ClassVar[SourceCacheCapability.Mode]
    MODE_UNSPECIFIED: SourceCacheCapability.Mode
    MODE_DISABLED: SourceCacheCapability.Mode
    MODE_READ_WRITE: SourceCacheCapability.Mode
    MODE_FIELD_NUMBER: _ClassVar[int]
    CACHE_GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    mode: SourceCacheCapability.Mode
    cache_generation: str
    config_fingerprint: str
    def __init__(self, mode: _Optional[_Union[SourceCacheCapability.Mode, str]] = ..., cache_generation: _Optional[str] = ..., config_fingerprint: _Optional[str] = ...) -> None: ...

class SourceCacheRecord(_message.Message):
    __slots__ = ("scope_key", "cache_validator", "deleted_ids", "deleted_principal_ids")
    SCOPE_KEY_FIELD_NUMBER: _ClassVar[int]
    CACHE_VALIDATOR_FIELD_NUMBER: _ClassVar[int]
    DELETED_IDS_FIELD_NUMBER: _ClassVar[int]
    DELETED_PRINCIPAL_IDS_FIELD_NUMBER: _ClassVar[int]
    scope_key: str
    cache_validator: str
    deleted_ids: _containers.RepeatedScalarFieldContainer[str]
    deleted_principal_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, scope_key: _Optional[str] = ..., cache_validator: _Optional[str] = ..., deleted_ids: _Optional[_Iterable[str]] = ..., deleted_principal_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SourceCacheReplay(_message.Message):
    __slots__ = ("scope_key", "cache_validator", "overlay", "deleted_ids", "deleted_principal_ids")
    SCOPE_KEY_FIELD_NUMBER: _ClassVar[int]
    CACHE_VALIDATOR_FIELD_NUMBER: _ClassVar[int]
    OVERLAY_FIELD_NUMBER: _ClassVar[int]
    DELETED_IDS_FIELD_NUMBER: _ClassVar[int]
    DELETED_PRINCIPAL_IDS_FIELD_NUMBER: _ClassVar[int]
    scope_key: str
    cache_validator: str
    overlay: bool
    deleted_ids: _containers.RepeatedScalarFieldContainer[str]
    deleted_principal_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, scope_key: _Optional[str] = ..., cache_validator: _Optional[str] = ..., overlay: bool = ..., deleted_ids: _Optional[_Iterable[str]] = ..., deleted_principal_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SourceCacheLookupOffer(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SourceCacheLookupAsk(_message.Message):
    __slots__ = ("queries",)
    class Query(_message.Message):
        __slots__ = ("row_kind", "scope_key")
        ROW_KIND_FIELD_NUMBER: _ClassVar[int]
        SCOPE_KEY_FIELD_NUMBER: _ClassVar[int]
        row_kind: str
        scope_key: str
        def __init__(self, row_kind: _Optional[str] = ..., scope_key: _Optional[str] = ...) -> None: ...
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    queries: _containers.RepeatedCompositeFieldContainer[SourceCacheLookupAsk.Query]
    def __init__(self, queries: _Optional[_Iterable[_Union[SourceCacheLookupAsk.Query, _Mapping]]] = ...) -> None: ...

class SourceCacheLookupAnswers(_message.Message):
    __slots__ = ("answers",)
    class Answer(_message.Message):
        __slots__ = ("row_kind", "scope_key", "found", "cache_validator")
        ROW_KIND_FIELD_NUMBER: _ClassVar[int]
        SCOPE_KEY_FIELD_NUMBER: _ClassVar[int]
        FOUND_FIELD_NUMBER: _ClassVar[int]
        CACHE_VALIDATOR_FIELD_NUMBER: _ClassVar[int]
        row_kind: str
        scope_key: str
        found: bool
        cache_validator: str
        def __init__(self, row_kind: _Optional[str] = ..., scope_key: _Optional[str] = ..., found: bool = ..., cache_validator: _Optional[str] = ...) -> None: ...
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[SourceCacheLookupAnswers.Answer]
    def __init__(self, answers: _Optional[_Iterable[_Union[SourceCacheLookupAnswers.Answer, _Mapping]]] = ...) -> None: ...

class OptInRequired(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Deprecated(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SkipSyncAnomalyDetection(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CapabilityPermissions(_message.Message):
    __slots__ = ("permissions",)
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    permissions: _containers.RepeatedCompositeFieldContainer[CapabilityPermission]
    def __init__(self, permissions: _Optional[_Iterable[_Union[CapabilityPermission, _Mapping]]] = ...) -> None: ...

class CapabilityPermission(_message.Message):
    __slots__ = ("permission",)
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    permission: str
    def __init__(self, permission: _Optional[str] = ...) -> None: ...
