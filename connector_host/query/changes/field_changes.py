"""Changed fields of an object, as text: name of the field, value before, value after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ...model import Entitlement, Grant, GrantExpandable, Resource, ResourceType, Status, UserTrait

__all__ = ["FieldChange", "entitlement_details", "grant_details", "resource_details"]


DERIVED = "GrantImmutable"


class FieldChange(Struct, frozen=True):
    """Field with different values. An empty text stands for no value."""

    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.field}: {self.before or '-'} → {self.after or '-'}"


def resource_details(old: Resource, new: Resource) -> tuple[FieldChange, ...]:
    """Compare name, description, parent, state, addresses, each key of the profile, and the digests of annotations."""
    return _different(_of_resource(old), _of_resource(new))


def entitlement_details(old: Entitlement, new: Entitlement) -> tuple[FieldChange, ...]:
    """Compare the fields of an entitlement, without the copy of its resource inside it."""
    return _different(_of_entitlement(old), _of_entitlement(new))


def grant_details(old: Grant, new: Grant, name: Callable[[str], str]) -> tuple[FieldChange, ...]:
    """Compare the fields of a grant: principal, entitlement, sources, and the expansion to other holders.

    `name` returns the display name of an entitlement id.
    """
    return _different(_of_grant(old, name), _of_grant(new, name))


def _different(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys((*old, *new))
    fields = ((name, old.get(name, ""), new.get(name, "")) for name in names)
    return tuple(FieldChange(name, before, after) for name, before, after in fields if before != after)


def _of_resource(resource: Resource) -> dict[str, str]:
    fields = {
        "name": resource.display_name,
        "description": resource.description,
        "parent": str(resource.parent) if resource.parent else "",
        "status": _state(resource.status),
        "icon": resource.icon,
        "created": resource.created_at.isoformat() if resource.created_at else "",
        "child types": ", ".join(resource.child_types),
    }
    for trait in resource.traits:
        if isinstance(trait, UserTrait):
            fields.update(_of_user(trait))
    fields.update(_flat("profile", resource.profile or {}))
    skips = [
        name for name in ("skip_entitlements_and_grants", "skip_entitlements", "skip_grants") if getattr(resource, name)
    ]
    fields["skipped"] = ", ".join(skips)
    fields["traits"] = ", ".join(type(trait).__name__ for trait in resource.traits)
    fields["annotations"] = _annotations(resource)
    return fields


def _of_user(trait: UserTrait) -> Iterator[tuple[str, str]]:
    mails = sorted(trait.emails, key=lambda mail: (not mail.is_primary, mail.address))
    yield "e-mail", ", ".join(mail.address for mail in mails)
    yield "login", ", ".join(filter(None, (trait.login, *trait.login_aliases)))
    yield "employee id", ", ".join(trait.employee_ids)
    yield "account type", trait.account_type.name.lower()
    yield "account status", _state(trait.status)
    yield "last login", trait.last_login.isoformat() if trait.last_login else ""
    for name, flag in (("mfa", trait.mfa_enabled), ("sso", trait.sso_enabled)):
        yield name, "" if flag is None else "on" if flag else "off"
    yield "structured name", "" if trait.structured_name is None else _json(msgspec.to_builtins(trait.structured_name))


def _of_entitlement(entitlement: Entitlement) -> dict[str, str]:
    types = [
        grantable.id if isinstance(grantable, ResourceType) else grantable for grantable in entitlement.grantable_to
    ]
    return {
        "name": entitlement.display_name,
        "description": entitlement.description,
        "resource": str(entitlement.resource.id),
        "slug": entitlement.slug,
        "purpose": entitlement.purpose.name.lower(),
        "grantable to": ", ".join(types),
        "annotations": _annotations(entitlement),
    }


def _of_grant(grant: Grant, name: Callable[[str], str]) -> dict[str, str]:
    sources = grant.sources or {}
    through = sorted(source for source in sources if source != grant.entitlement.id)
    return {
        "principal": str(grant.principal_id),
        "entitlement": grant.entitlement.id,
        "held": "inherited" if sources and grant.entitlement.id not in sources else "direct",
        "through": ", ".join(f"{name(source)}{'' if sources[source] else ' (indirect)'}" for source in through),
        "passes on to": _expansion(grant.expandable, name),
        "annotations": _annotations(grant),
    }


def _expansion(expandable: GrantExpandable | None, name: Callable[[str], str]) -> str:
    if expandable is None:
        return ""
    limits = [*(["direct holders only"] if expandable.shallow else []), *expandable.resource_type_ids]
    return ", ".join(map(name, expandable.entitlement_ids)) + (f" ({', '.join(limits)})" if limits else "")


def _state(status: Status | None) -> str:
    if status is None:
        return ""
    name = status.status.name.lower()
    return f"{name} ({status.details})" if status.details else name


def _annotations(value: Resource | Entitlement | Grant) -> str:
    """List the names of annotations, each with a short digest of its contents, enough to see that something differs.

    The annotation that expansion puts on inherited grants is left out, because the field `held` shows it.
    """
    names = ((item.type_name.rpartition(".")[2], item.value) for item in value.annotations)
    named = ((name, content) for name, content in names if name != "ETag")  # which marks the state of the grants
    return ", ".join(f"{name}#{_digest(content)}" for name, content in named if content or name != DERIVED)


def _digest(value: bytes) -> str:
    import hashlib  # noqa: PLC0415 - annotations unknown to the model are rare

    return hashlib.sha256(value).hexdigest()[:8]


def _flat(name: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the values of a profile with their paths, such as `profile.address.city`."""
    for key, item in value.items():
        path = f"{name}.{key}"
        if isinstance(item, Mapping):
            yield from _flat(path, item)
        else:
            yield path, item if isinstance(item, str) else _json(item)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
