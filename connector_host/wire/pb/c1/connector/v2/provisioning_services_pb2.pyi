import datetime

from connector_host.wire.pb.c1.connector.v2 import connector_pb2 as _connector_pb2
from connector_host.wire.pb.c1.connector.v2 import objects_pb2 as _objects_pb2
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GrantManagerServiceGrantRequest(_message.Message):
    __slots__ = ("entitlement", "principal", "annotations")
    ENTITLEMENT_FIELD_NUMBER: _ClassVar[int]
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    entitlement: _objects_pb2.Entitlement
    principal: _objects_pb2.Resource
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, entitlement: _Optional[_Union[_objects_pb2.Entitlement, _Mapping]] = ..., principal: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class GrantManagerServiceGrantResponse(_message.Message):
    __slots__ = ("annotations", "grants")
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    grants: _containers.RepeatedCompositeFieldContainer[_objects_pb2.Grant]
    def __init__(self, annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ..., grants: _Optional[_Iterable[_Union[_objects_pb2.Grant, _Mapping]]] = ...) -> None: ...

class GrantManagerServiceRevokeRequest(_message.Message):
    __slots__ = ("grant", "annotations")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    grant: _objects_pb2.Grant
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, grant: _Optional[_Union[_objects_pb2.Grant, _Mapping]] = ..., annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class GrantManagerServiceRevokeResponse(_message.Message):
    __slots__ = ("annotations",)
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class CreateResourceRequest(_message.Message):
    __slots__ = ("resource",)
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    resource: _objects_pb2.Resource
    def __init__(self, resource: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ...) -> None: ...

class CreateResourceResponse(_message.Message):
    __slots__ = ("created", "annotations")
    CREATED_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    created: _objects_pb2.Resource
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, created: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class DeleteResourceRequest(_message.Message):
    __slots__ = ("resource_id", "parent_resource_id")
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: _objects_pb2.ResourceId
    parent_resource_id: _objects_pb2.ResourceId
    def __init__(self, resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ..., parent_resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ...) -> None: ...

class DeleteResourceResponse(_message.Message):
    __slots__ = ("annotations",)
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class DeleteResourceV2Request(_message.Message):
    __slots__ = ("resource_id", "parent_resource_id")
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    resource_id: _objects_pb2.ResourceId
    parent_resource_id: _objects_pb2.ResourceId
    def __init__(self, resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ..., parent_resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ...) -> None: ...

class DeleteResourceV2Response(_message.Message):
    __slots__ = ("annotations",)
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class AccountInfo(_message.Message):
    __slots__ = ("emails", "login", "login_aliases", "profile")
    class Email(_message.Message):
        __slots__ = ("address", "is_primary")
        ADDRESS_FIELD_NUMBER: _ClassVar[int]
        IS_PRIMARY_FIELD_NUMBER: _ClassVar[int]
        address: str
        is_primary: bool
        def __init__(self, address: _Optional[str] = ..., is_primary: bool = ...) -> None: ...
    EMAILS_FIELD_NUMBER: _ClassVar[int]
    LOGIN_FIELD_NUMBER: _ClassVar[int]
    LOGIN_ALIASES_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    emails: _containers.RepeatedCompositeFieldContainer[AccountInfo.Email]
    login: str
    login_aliases: _containers.RepeatedScalarFieldContainer[str]
    profile: _struct_pb2.Struct
    def __init__(self, emails: _Optional[_Iterable[_Union[AccountInfo.Email, _Mapping]]] = ..., login: _Optional[str] = ..., login_aliases: _Optional[_Iterable[str]] = ..., profile: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PasswordConstraint(_message.Message):
    __slots__ = ("char_set", "min_count")
    CHAR_SET_FIELD_NUMBER: _ClassVar[int]
    MIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    char_set: str
    min_count: int
    def __init__(self, char_set: _Optional[str] = ..., min_count: _Optional[int] = ...) -> None: ...

class CredentialOptions(_message.Message):
    __slots__ = ("force_change_at_next_login", "random_password", "no_password", "sso", "encrypted_password")
    class RandomPassword(_message.Message):
        __slots__ = ("length", "constraints")
        LENGTH_FIELD_NUMBER: _ClassVar[int]
        CONSTRAINTS_FIELD_NUMBER: _ClassVar[int]
        length: int
        constraints: _containers.RepeatedCompositeFieldContainer[PasswordConstraint]
        def __init__(self, length: _Optional[int] = ..., constraints: _Optional[_Iterable[_Union[PasswordConstraint, _Mapping]]] = ...) -> None: ...
    class NoPassword(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class SSO(_message.Message):
        __slots__ = ("sso_provider",)
        SSO_PROVIDER_FIELD_NUMBER: _ClassVar[int]
        sso_provider: str
        def __init__(self, sso_provider: _Optional[str] = ...) -> None: ...
    class EncryptedPassword(_message.Message):
        __slots__ = ("encrypted_passwords",)
        ENCRYPTED_PASSWORDS_FIELD_NUMBER: _ClassVar[int]
        encrypted_passwords: _containers.RepeatedCompositeFieldContainer[EncryptedData]
        def __init__(self, encrypted_passwords: _Optional[_Iterable[_Union[EncryptedData, _Mapping]]] = ...) -> None: ...
    FORCE_CHANGE_AT_NEXT_LOGIN_FIELD_NUMBER: _ClassVar[int]
    RANDOM_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    NO_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    SSO_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_PASSWORD_FIELD_NUMBER: _ClassVar[int]
    force_change_at_next_login: bool
    random_password: CredentialOptions.RandomPassword
    no_password: CredentialOptions.NoPassword
    sso: CredentialOptions.SSO
    encrypted_password: CredentialOptions.EncryptedPassword
    def __init__(self, force_change_at_next_login: bool = ..., random_password: _Optional[_Union[CredentialOptions.RandomPassword, _Mapping]] = ..., no_password: _Optional[_Union[CredentialOptions.NoPassword, _Mapping]] = ..., sso: _Optional[_Union[CredentialOptions.SSO, _Mapping]] = ..., encrypted_password: _Optional[_Union[CredentialOptions.EncryptedPassword, _Mapping]] = ...) -> None: ...

class CredentialIssueOptions(_message.Message):
    __slots__ = ("api_key", "keypair", "token", "client_secret")
    class ApiKey(_message.Message):
        __slots__ = ("scopes",)
        SCOPES_FIELD_NUMBER: _ClassVar[int]
        scopes: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, scopes: _Optional[_Iterable[str]] = ...) -> None: ...
    class Keypair(_message.Message):
        __slots__ = ("profile",)
        PROFILE_FIELD_NUMBER: _ClassVar[int]
        profile: _connector_pb2.KeyGenerationProfile
        def __init__(self, profile: _Optional[_Union[_connector_pb2.KeyGenerationProfile, _Mapping]] = ...) -> None: ...
    class Token(_message.Message):
        __slots__ = ("scopes", "audiences")
        SCOPES_FIELD_NUMBER: _ClassVar[int]
        AUDIENCES_FIELD_NUMBER: _ClassVar[int]
        scopes: _containers.RepeatedScalarFieldContainer[str]
        audiences: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, scopes: _Optional[_Iterable[str]] = ..., audiences: _Optional[_Iterable[str]] = ...) -> None: ...
    class ClientSecret(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    KEYPAIR_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    api_key: CredentialIssueOptions.ApiKey
    keypair: CredentialIssueOptions.Keypair
    token: CredentialIssueOptions.Token
    client_secret: CredentialIssueOptions.ClientSecret
    def __init__(self, api_key: _Optional[_Union[CredentialIssueOptions.ApiKey, _Mapping]] = ..., keypair: _Optional[_Union[CredentialIssueOptions.Keypair, _Mapping]] = ..., token: _Optional[_Union[CredentialIssueOptions.Token, _Mapping]] = ..., client_secret: _Optional[_Union[CredentialIssueOptions.ClientSecret, _Mapping]] = ...) -> None: ...

class EncryptionConfig(_message.Message):
    __slots__ = ("principal", "provider", "key_id", "jwk_public_key_config", "age_recipient_config")
    class JWKPublicKeyConfig(_message.Message):
        __slots__ = ("pub_key",)
        PUB_KEY_FIELD_NUMBER: _ClassVar[int]
        pub_key: bytes
        def __init__(self, pub_key: _Optional[bytes] = ...) -> None: ...
    class AgeRecipientConfig(_message.Message):
        __slots__ = ("recipient",)
        RECIPIENT_FIELD_NUMBER: _ClassVar[int]
        recipient: str
        def __init__(self, recipient: _Optional[str] = ...) -> None: ...
    PRINCIPAL_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    JWK_PUBLIC_KEY_CONFIG_FIELD_NUMBER: _ClassVar[int]
    AGE_RECIPIENT_CONFIG_FIELD_NUMBER: _ClassVar[int]
    principal: _objects_pb2.Resource
    provider: str
    key_id: str
    jwk_public_key_config: EncryptionConfig.JWKPublicKeyConfig
    age_recipient_config: EncryptionConfig.AgeRecipientConfig
    def __init__(self, principal: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., provider: _Optional[str] = ..., key_id: _Optional[str] = ..., jwk_public_key_config: _Optional[_Union[EncryptionConfig.JWKPublicKeyConfig, _Mapping]] = ..., age_recipient_config: _Optional[_Union[EncryptionConfig.AgeRecipientConfig, _Mapping]] = ...) -> None: ...

class EncryptedData(_message.Message):
    __slots__ = ("provider", "key_id", "name", "description", "schema", "encrypted_bytes", "key_ids")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_BYTES_FIELD_NUMBER: _ClassVar[int]
    KEY_IDS_FIELD_NUMBER: _ClassVar[int]
    provider: str
    key_id: str
    name: str
    description: str
    schema: str
    encrypted_bytes: bytes
    key_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, provider: _Optional[str] = ..., key_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., schema: _Optional[str] = ..., encrypted_bytes: _Optional[bytes] = ..., key_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class PlaintextData(_message.Message):
    __slots__ = ("name", "description", "schema", "bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    schema: str
    bytes: bytes
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., schema: _Optional[str] = ..., bytes: _Optional[bytes] = ...) -> None: ...

class CreateAccountRequest(_message.Message):
    __slots__ = ("account_info", "credential_options", "encryption_configs", "resource_type_id")
    ACCOUNT_INFO_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTION_CONFIGS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_ID_FIELD_NUMBER: _ClassVar[int]
    account_info: AccountInfo
    credential_options: CredentialOptions
    encryption_configs: _containers.RepeatedCompositeFieldContainer[EncryptionConfig]
    resource_type_id: str
    def __init__(self, account_info: _Optional[_Union[AccountInfo, _Mapping]] = ..., credential_options: _Optional[_Union[CredentialOptions, _Mapping]] = ..., encryption_configs: _Optional[_Iterable[_Union[EncryptionConfig, _Mapping]]] = ..., resource_type_id: _Optional[str] = ...) -> None: ...

class CreateAccountResponse(_message.Message):
    __slots__ = ("encrypted_data", "annotations", "success", "action_required", "already_exists", "in_progress")
    class SuccessResult(_message.Message):
        __slots__ = ("resource", "is_create_account_result", "invitation_expires_at")
        RESOURCE_FIELD_NUMBER: _ClassVar[int]
        IS_CREATE_ACCOUNT_RESULT_FIELD_NUMBER: _ClassVar[int]
        INVITATION_EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
        resource: _objects_pb2.Resource
        is_create_account_result: bool
        invitation_expires_at: _timestamp_pb2.Timestamp
        def __init__(self, resource: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., is_create_account_result: bool = ..., invitation_expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class ActionRequiredResult(_message.Message):
        __slots__ = ("resource", "message", "is_create_account_result")
        RESOURCE_FIELD_NUMBER: _ClassVar[int]
        MESSAGE_FIELD_NUMBER: _ClassVar[int]
        IS_CREATE_ACCOUNT_RESULT_FIELD_NUMBER: _ClassVar[int]
        resource: _objects_pb2.Resource
        message: str
        is_create_account_result: bool
        def __init__(self, resource: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., message: _Optional[str] = ..., is_create_account_result: bool = ...) -> None: ...
    class AlreadyExistsResult(_message.Message):
        __slots__ = ("resource", "is_create_account_result")
        RESOURCE_FIELD_NUMBER: _ClassVar[int]
        IS_CREATE_ACCOUNT_RESULT_FIELD_NUMBER: _ClassVar[int]
        resource: _objects_pb2.Resource
        is_create_account_result: bool
        def __init__(self, resource: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., is_create_account_result: bool = ...) -> None: ...
    class InProgressResult(_message.Message):
        __slots__ = ("resource", "is_create_account_result")
        RESOURCE_FIELD_NUMBER: _ClassVar[int]
        IS_CREATE_ACCOUNT_RESULT_FIELD_NUMBER: _ClassVar[int]
        resource: _objects_pb2.Resource
        is_create_account_result: bool
        def __init__(self, resource: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., is_create_account_result: bool = ...) -> None: ...
    ENCRYPTED_DATA_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    ACTION_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    ALREADY_EXISTS_FIELD_NUMBER: _ClassVar[int]
    IN_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    encrypted_data: _containers.RepeatedCompositeFieldContainer[EncryptedData]
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    success: CreateAccountResponse.SuccessResult
    action_required: CreateAccountResponse.ActionRequiredResult
    already_exists: CreateAccountResponse.AlreadyExistsResult
    in_progress: CreateAccountResponse.InProgressResult
    def __init__(self, encrypted_data: _Optional[_Iterable[_Union[EncryptedData, _Mapping]]] = ..., annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ..., success: _Optional[_Union[CreateAccountResponse.SuccessResult, _Mapping]] = ..., action_required: _Optional[_Union[CreateAccountResponse.ActionRequiredResult, _Mapping]] = ..., already_exists: _Optional[_Union[CreateAccountResponse.AlreadyExistsResult, _Mapping]] = ..., in_progress: _Optional[_Union[CreateAccountResponse.InProgressResult, _Mapping]] = ...) -> None: ...

class RotateCredentialRequest(_message.Message):
    __slots__ = ("resource_id", "credential_options", "encryption_configs")
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTION_CONFIGS_FIELD_NUMBER: _ClassVar[int]
    resource_id: _objects_pb2.ResourceId
    credential_options: CredentialOptions
    encryption_configs: _containers.RepeatedCompositeFieldContainer[EncryptionConfig]
    def __init__(self, resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ..., credential_options: _Optional[_Union[CredentialOptions, _Mapping]] = ..., encryption_configs: _Optional[_Iterable[_Union[EncryptionConfig, _Mapping]]] = ...) -> None: ...

class RotateCredentialResponse(_message.Message):
    __slots__ = ("encrypted_data", "resource_id", "annotations")
    ENCRYPTED_DATA_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    encrypted_data: _containers.RepeatedCompositeFieldContainer[EncryptedData]
    resource_id: _objects_pb2.ResourceId
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, encrypted_data: _Optional[_Iterable[_Union[EncryptedData, _Mapping]]] = ..., resource_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ..., annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class IssueCredentialRequest(_message.Message):
    __slots__ = ("identity_id", "credential_options", "encryption_configs", "request_id", "expires_at")
    IDENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTION_CONFIGS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    identity_id: _objects_pb2.ResourceId
    credential_options: CredentialIssueOptions
    encryption_configs: _containers.RepeatedCompositeFieldContainer[EncryptionConfig]
    request_id: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, identity_id: _Optional[_Union[_objects_pb2.ResourceId, _Mapping]] = ..., credential_options: _Optional[_Union[CredentialIssueOptions, _Mapping]] = ..., encryption_configs: _Optional[_Iterable[_Union[EncryptionConfig, _Mapping]]] = ..., request_id: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class IssueCredentialResponse(_message.Message):
    __slots__ = ("secret", "encrypted_data", "annotations", "resource_mode", "request_id")
    SECRET_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_DATA_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_MODE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    secret: _objects_pb2.Resource
    encrypted_data: _containers.RepeatedCompositeFieldContainer[EncryptedData]
    annotations: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    resource_mode: _connector_pb2.CredentialResourceMode
    request_id: str
    def __init__(self, secret: _Optional[_Union[_objects_pb2.Resource, _Mapping]] = ..., encrypted_data: _Optional[_Iterable[_Union[EncryptedData, _Mapping]]] = ..., annotations: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ..., resource_mode: _Optional[_Union[_connector_pb2.CredentialResourceMode, str]] = ..., request_id: _Optional[str] = ...) -> None: ...
