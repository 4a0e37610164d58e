from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Credential(_message.Message):
    __slots__ = ("ca_cert", "key", "cert")
    CA_CERT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    CERT_FIELD_NUMBER: _ClassVar[int]
    ca_cert: bytes
    key: bytes
    cert: bytes
    def __init__(self, ca_cert: _Optional[bytes] = ..., key: _Optional[bytes] = ..., cert: _Optional[bytes] = ...) -> None: ...
