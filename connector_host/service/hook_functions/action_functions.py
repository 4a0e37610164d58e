"""Actions: their schemas, their invocation, their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from ...actions import ActionResult, ActionSchema, ActionStatus
from ...errors import ConfigError, NotFound
from ...model import Resource, ResourceId
from ...provision.action_calls import check_arguments
from ...wire.decode_values import plain
from ...wire.pb.c1.connector.v2 import action_service_pb2 as pb
from ...wire.services.message_values import struct_message
from .hook_source import ChangeEnding, HookSource

__all__ = ["action_functions"]

RESOURCE_ARGUMENT = "resource_id"
"""The argument that names the resource of an action of a resource type."""
STATUSES = {
    ActionStatus.COMPLETE: pb.BATON_ACTION_STATUS_COMPLETE,
    ActionStatus.RUNNING: pb.BATON_ACTION_STATUS_RUNNING,
    ActionStatus.FAILED: pb.BATON_ACTION_STATUS_FAILED,
}


def action_functions(source: HookSource) -> dict[str, Callable[[Any], Message]]:
    """Return the functions of `ActionService`."""
    connector = source.connector

    def actions() -> tuple[ActionSchema, ...]:
        return tuple(source.call("list_actions", "everything", connector.list_actions))

    def find(name: str) -> ActionSchema:
        for action in actions():
            if action.name == name:
                return action
        raise NotFound(f"there is no action {name!r}")

    def list_schemas(request: pb.ListActionSchemasRequest) -> Message:
        chosen = [action for action in actions() if request.resource_type_id in ("", action.resource_type)]
        return pb.ListActionSchemasResponse(schemas=[_schema(source, action) for action in chosen])

    def get_schema(request: pb.GetActionSchemaRequest) -> Message:
        return pb.GetActionSchemaResponse(schema=_schema(source, find(request.name)))

    def invoke(request: pb.InvokeActionRequest) -> Message:
        action = find(request.name)
        values = plain(request.args)
        resource = _resource(source, action, values) if action.resource_type else None
        arguments = check_arguments(action, values)
        result = source.recorded(
            "invoke_action",
            action.name,
            {"name": action.name, **({"resource": str(resource.id)} if resource else {})},
            lambda s: connector.invoke_action(s, action.name, arguments, resource, False),
            _ending,
        )
        response = pb.InvokeActionResponse(id=result.id, name=action.name, status=STATUSES[result.status])
        response.response.CopyFrom(struct_message(_values(result)))
        return response

    def get_status(request: pb.GetActionStatusRequest) -> Message:
        result = source.call("get_action_status", request.id, lambda s: connector.get_action_status(s, request.id))
        response = pb.GetActionStatusResponse(id=request.id, name=request.name, status=STATUSES[result.status])
        response.response.CopyFrom(struct_message(_values(result)))
        return response

    return {
        "ActionService/ListActionSchemas": list_schemas,
        "ActionService/GetActionSchema": get_schema,
        "ActionService/InvokeAction": invoke,
        "ActionService/GetActionStatus": get_status,
    }


def _ending(result: ActionResult) -> ChangeEnding:
    return ChangeEnding(str(result.status), result.calls, {"action_id": result.id} if result.id else {})


def _schema(source: HookSource, action: ActionSchema) -> pb.BatonActionSchema:
    schema = pb.BatonActionSchema(
        name=action.name,
        display_name=action.display_name or action.name,
        description=action.description,
        resource_type_id=action.resource_type,
        action_type=[pb.ACTION_TYPE_DYNAMIC],
    )
    if action.resource_type:
        field = schema.arguments.add(name=RESOURCE_ARGUMENT, display_name="Resource", is_required=True)
        field.resource_id_field.SetInParent()
    for option in action.arguments:
        json_format.ParseDict(source.descriptions.field(option), schema.arguments.add(), ignore_unknown_fields=True)
    return schema


def _resource(source: HookSource, action: ActionSchema, values: dict[str, Any]) -> Resource:
    """Return the resource that an action of a resource type is for, and remove it from the arguments."""
    value = values.pop(RESOURCE_ARGUMENT, None)
    if isinstance(value, Mapping):
        type_id = str(value.get("resource_type_id") or value.get("resource_type") or action.resource_type)
        chosen = ResourceId(type_id, str(value.get("resource_id") or value.get("resource") or ""))
    else:
        chosen = ResourceId(action.resource_type, str(value or ""))
    if chosen.resource_type != action.resource_type or not chosen.resource:
        raise ConfigError(
            f"the action {action.name} needs a resource of the type {action.resource_type}",
            hint=f"Specify it as the argument {RESOURCE_ARGUMENT}.",
        )
    return source.resource(chosen)


def _values(result: ActionResult) -> dict[str, Any]:
    """Return the values of a result, with the reason of a failure as `error`."""
    values = dict(result.values or {})
    if result.status is ActionStatus.FAILED:
        values.setdefault("error", result.message or "the action failed")
    elif result.message:
        values.setdefault("message", result.message)
    return values
