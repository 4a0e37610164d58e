"""Traits of licenses, agents, devices, insights and vendors as protobuf messages, both ways.

The fields are copied as the descriptors of the messages name them; the tables hold only where the model differs. The
traits that most resources have (users, groups, roles, applications, secrets) are written by `encode`, which is faster.

A value of a wrong type raises TypeError, one that cannot be written ValueError; the message names the field.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from msgspec import structs

from .. import enums, traits
from ..identifiers import ResourceId
from .decode_values import member, moment
from .google_values import timestamp
from .pb.c1.connector.v2 import objects_pb2, traits_pb2
from .wire_format import items, utf8

__all__ = ["MESSAGES", "READ_CLASSES", "encode_trait", "read_trait"]

MESSAGES: dict[type, Any] = {
    ResourceId: objects_pb2.ResourceId,
    traits.ScopeBindingTrait: traits_pb2.ScopeBindingTrait,
    traits.LicenseProfileTrait: traits_pb2.LicenseProfileTrait,
    traits.NonHumanIdentityTrait: traits_pb2.NonHumanIdentityTrait,
    traits.AgentTrait: traits_pb2.AgentTrait,
    traits.ManagedDeviceTrait: traits_pb2.ManagedDeviceTrait,
    traits.DeviceOS: traits_pb2.DeviceOS,
    traits.SecurityInsightTrait: traits_pb2.SecurityInsightTrait,
    traits.RiskScore: traits_pb2.RiskScore,
    traits.RiskFactor: traits_pb2.RiskFactor,
    traits.SecurityIssue: traits_pb2.Issue,
    traits.UserTarget: traits_pb2.SecurityInsightTrait.UserTarget,
    traits.AppUserTarget: traits_pb2.SecurityInsightTrait.AppUserTarget,
    traits.ExternalResourceTarget: traits_pb2.SecurityInsightTrait.ExternalResourceTarget,
    traits.VendorTrait: traits_pb2.VendorTrait,
    traits.Money: traits_pb2.Money,
    traits.VendorAgreementTrait: traits_pb2.VendorAgreementTrait,
    traits.LineItem: traits_pb2.LineItem,
}
"""The message of each class of the model."""
FIELD_NAMES: dict[type, Mapping[str, str]] = {
    traits.ScopeBindingTrait: {"role": "role_id", "scope": "scope_resource_id"},
    traits.AgentTrait: {"identity": "identity_resource_id"},
}
"""The fields of messages that the model names differently."""
CHOICES: dict[tuple[type, str], Mapping[type, str]] = {
    (traits.SecurityInsightTrait, "insight"): {traits.RiskScore: "risk_score", traits.SecurityIssue: "issue"},
    (traits.SecurityInsightTrait, "target"): {
        traits.UserTarget: "user",
        ResourceId: "resource_id",
        traits.ExternalResourceTarget: "external_resource",
        traits.AppUserTarget: "app_user",
    },
}
"""The alternative fields of a message, by the class of the value."""
ENUMS: dict[str, type[enum.IntEnum]] = {
    "NhiType": enums.NonHumanIdentityType,
    "AgentStatus": enums.ResourceStatus,
    "DeviceType": enums.DeviceType,
    "ManagementState": enums.ManagementState,
    "Compliance": enums.Compliance,
    "OsType": enums.OperatingSystem,
    "Severity": enums.Severity,
    "RenewalStatus": enums.RenewalStatus,
    "PricingModel": enums.PricingModel,
}
"""The enumeration of the model for each enumeration of the messages."""
INTEGERS = {
    FieldDescriptor.TYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
}
CLASSES = {message.DESCRIPTOR.full_name: model_class for model_class, message in MESSAGES.items()}
READ_CLASSES = {
    message.DESCRIPTOR.full_name: message for message in MESSAGES.values() if message.DESCRIPTOR.name.endswith("Trait")
}
"""The messages of the traits here, by full name."""


def encode_trait(value: Any) -> bytes:
    """Encode a trait that has a message in the table."""
    message = MESSAGES[type(value)]()
    _fill(message, value)
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def read_trait(message: Any) -> Any:
    """Return the value of the model for a message in the table; unknown enum numbers become UNSPECIFIED."""
    model_class = CLASSES[message.DESCRIPTOR.full_name]
    values: dict[str, Any] = {}
    for name in (info.name for info in structs.fields(model_class)):
        choices = CHOICES.get((model_class, name))
        if choices is not None:
            field_name = next((field for field in choices.values() if message.HasField(field)), None)
        else:
            field_name = FIELD_NAMES.get(model_class, {}).get(name, name)
        if field_name is not None:
            value = _read(message, message.DESCRIPTOR.fields_by_name[field_name])
            if value is not None:
                values[name] = value
    return model_class(**values)


# ----------------------------------------------------------------------------------------------- writing


def _fill(message: Any, value: Any) -> None:
    model_class = type(value)
    names = FIELD_NAMES.get(model_class, {})
    for name in value.__struct_fields__:
        item = getattr(value, name)
        if item is None:
            continue
        field_name = names.get(name, name)
        choices = CHOICES.get((model_class, name))
        if choices is not None:
            if type(item) not in choices:
                raise TypeError(f"{name}: {_class_names(choices)} is needed, not {type(item).__name__}")
            field_name = choices[type(item)]
        field = message.DESCRIPTOR.fields_by_name[field_name]
        try:
            _write(message, field, item, name)
        except (TypeError, ValueError) as error:
            raise type(error)(str(error) if str(error).startswith(name) else f"{name}.{error}") from None


def _write(message: Any, field: FieldDescriptor, value: Any, name: str) -> None:
    if not field.is_repeated:
        _write_one(message, field, value, name)
        return
    target = getattr(message, field.name)
    for number, item in enumerate(items(value, name)):
        where = f"{name}[{number}]"
        if field.message_type is not None:
            _fill(target.add(), _checked(item, CLASSES[field.message_type.full_name], where))
        else:
            target.append(_scalar(field, item, where))


def _write_one(message: Any, field: FieldDescriptor, value: Any, name: str) -> None:
    if field.message_type is None:
        setattr(message, field.name, _scalar(field, value, name))
    elif field.message_type.full_name == "google.protobuf.Timestamp":
        getattr(message, field.name).ParseFromString(timestamp(value, name))
    elif field.message_type.full_name == "google.protobuf.BoolValue":
        getattr(message, field.name).value = _checked(value, bool, name)
    else:
        target = getattr(message, field.name)
        target.SetInParent()
        _fill(target, _checked(value, CLASSES[field.message_type.full_name], name))


def _scalar(field: FieldDescriptor, value: Any, name: str) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        utf8(value, name)
        return value
    if field.type == FieldDescriptor.TYPE_BOOL:
        return _checked(value, bool, name)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return int(_checked(value, ENUMS[field.enum_type.name], name))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: a number is needed, not {type(value).__name__}")
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return float(value)
    lowest, highest = INTEGERS[field.type]
    if not isinstance(value, int) or not lowest <= value <= highest:
        raise ValueError(f"{name}: {value} is not a whole number from {lowest} to {highest}")
    return value


def _checked(value: Any, expected: type, name: str) -> Any:
    if not isinstance(value, expected):
        raise TypeError(f"{name}: {expected.__name__} is needed, not {type(value).__name__}")
    return value


def _class_names(choices: Mapping[type, str]) -> str:
    return " or ".join(choice.__name__ for choice in choices)


# ----------------------------------------------------------------------------------------------- reading


def _read(message: Any, field: FieldDescriptor) -> Any:
    if field.is_repeated:
        return tuple(_read_one(field, item) for item in getattr(message, field.name))
    if field.message_type is None:
        return _read_one(field, getattr(message, field.name))
    if not message.HasField(field.name):
        return None
    if field.message_type.full_name == "google.protobuf.Timestamp":
        since: datetime | None = moment(message, field.name)
        return since
    if field.message_type.full_name == "google.protobuf.BoolValue":
        return getattr(message, field.name).value
    return _read_one(field, getattr(message, field.name))


def _read_one(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type is not None:
        return read_trait(value)
    if field.type == FieldDescriptor.TYPE_ENUM:
        return member(ENUMS[field.enum_type.name], value)
    return value
