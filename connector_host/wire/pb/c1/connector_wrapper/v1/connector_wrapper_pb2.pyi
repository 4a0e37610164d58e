from connector_host.wire.pb.c1.ratelimit.v1 import ratelimit_pb2 as _ratelimit_pb2
from connector_host.wire.pb.c1.utls.v1 import credential_pb2 as _credential_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ServerConfig(_message.Message):
    __slots__ = ("credential", "rate_limiter_config", "listen_port", "session_store_listen_port")
    CREDENTIAL_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMITER_CONFIG_FIELD_NUMBER: _ClassVar[int]
    LISTEN_PORT_FIELD_NUMBER: _ClassVar[int]
    SESSION_STORE_LISTEN_PORT_FIELD_NUMBER: _ClassVar[int]
    credential: _credential_pb2.Credential
    rate_limiter_config: _ratelimit_pb2.RateLimiterConfig
    listen_port: int
    session_store_listen_port: int
    def __init__(self, credential: _Optional[_Union[_credential_pb2.Credential, _Mapping]] = ..., rate_limiter_config: _Optional[_Union[_ratelimit_pb2.RateLimiterConfig, _Mapping]] = ..., listen_port: _Optional[int] = ..., session_store_listen_port: _Optional[int] = ...) -> None: ...
