"""A scenario as the values that the hooks return."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Literal, TypeVar

from connector_host import (
    AccountType,
    AppTrait,
    Can,
    Email,
    Entitlement,
    EntitlementRef,
    Grant,
    GrantExpandable,
    GroupTrait,
    Purpose,
    Resource,
    ResourceId,
    ResourceStatus,
    ResourceType,
    RoleTrait,
    SecretTrait,
    Status,
    Trait,
    UserTrait,
)

from .page_tokens import PagedListing
from .scenario_format import Scenario, ScenarioGrant, ScenarioId, ScenarioResource, ScenarioType

__all__ = ["STATUS_WORDS", "ScenarioOrganisation", "resource_id"]

T = TypeVar("T")
TRAITS = {
    "user": Trait.USER,
    "group": Trait.GROUP,
    "role": Trait.ROLE,
    "app": Trait.APP,
    "secret": Trait.SECRET,
}
AnyTrait = UserTrait | GroupTrait | RoleTrait | AppTrait | SecretTrait
EMPTY_TRAITS: dict[str, AnyTrait] = {
    "group": GroupTrait(),
    "role": RoleTrait(),
    "app": AppTrait(),
    "secret": SecretTrait(),
}
PURPOSES = {"": Purpose.UNSPECIFIED, "assignment": Purpose.ASSIGNMENT, "permission": Purpose.PERMISSION}
ENABLED = Status(ResourceStatus.ENABLED)
"""The resource's status replaces that of the trait; Go connectors that set only the resource's leave this default."""
STATUSES = {"enabled": ResourceStatus.ENABLED, "disabled": ResourceStatus.DISABLED}
STATUS_WORDS: dict[ResourceStatus, Literal["enabled", "disabled"]] = {
    ResourceStatus.ENABLED: "enabled",
    ResourceStatus.DISABLED: "disabled",
}
ACCOUNT_TYPES = {"human": AccountType.HUMAN, "service": AccountType.SERVICE, "system": AccountType.SYSTEM}


class ScenarioOrganisation:
    """The organisation of a scenario. Its types declare the capabilities that apply if it may be changed."""

    page_size = 50

    def __init__(self, scenario: Scenario, account: str) -> None:
        self.scenario = scenario
        self.account = account
        self._types = [_resource_type(item) for item in scenario.resource_types]
        first_traits = {item.id: item.traits[0] if item.traits else "" for item in scenario.resource_types}
        self._listed: dict[tuple[str, ResourceId | None], list[Resource]] = {}
        self._resources: dict[ResourceId, Resource] = {}
        for item in scenario.resources:
            resource = _resource(item, first_traits[item.type])
            self._listed.setdefault((item.type, resource.parent), []).append(resource)
            self._resources[resource.id] = resource  # of repeated ids the last, as files keep it
        self._entitlements: dict[ResourceId, list[Entitlement]] = {}
        self._refs: dict[str, EntitlementRef] = {}
        for entry in scenario.entitlements:
            holder = self._resources[resource_id(entry.resource)]
            purpose = PURPOSES[entry.purpose]
            self._entitlements.setdefault(holder.id, []).append(
                Entitlement(holder, entry.slug, purpose, entry.display_name, entry.description, entry.grantable_to)
            )
            self._refs[entry.key] = EntitlementRef(holder, entry.slug)
        for static in scenario.static_entitlements:
            for resource in self._resources.values():
                if resource.id.resource_type == static.resource_type:
                    self._refs[f"{resource.id}:{static.slug}"] = EntitlementRef(resource, static.slug)
        self._grants: dict[ResourceId, list[Grant]] = {}
        for grant in scenario.grants:
            ref = self._refs[grant.entitlement]
            self._grants.setdefault(ref.resource.id, []).append(_grant(grant, ref))

    def resource_types(self) -> PagedListing[ResourceType]:
        """Return them in file order."""
        return _listing(self._types)

    def resources(self, resource_type: str, parent: ResourceId | None) -> PagedListing[Resource]:
        """Return them in file order; those with a parent only under it."""
        return _listing(self._listed.get((resource_type, parent), []))

    def resource(self, resource_id: ResourceId) -> Resource | None:
        """Return one resource, whatever its parent."""
        return self._resources.get(resource_id)

    def entitlements(self, resource_id: ResourceId) -> PagedListing[Entitlement]:
        """Return them in file order."""
        return _listing(self._entitlements.get(resource_id, []))

    def static_entitlements(self, resource_type: str) -> PagedListing[Entitlement]:
        """Return those of every resource of a type, in file order."""
        holder = Resource(ResourceId(resource_type, ""))
        return _listing(
            [
                Entitlement(
                    holder, item.slug, PURPOSES[item.purpose], item.display_name, item.description, item.grantable_to
                )
                for item in self.scenario.static_entitlements
                if item.resource_type == resource_type
            ]
        )

    def etag(self, resource_id: ResourceId) -> str:
        """Return a text that changes with the grants on a resource."""
        lines = "\n".join(repr(grant) for grant in self._grants.get(resource_id, []))
        return hashlib.sha256(lines.encode()).hexdigest()[:16]

    def icons(self) -> frozenset[str]:
        """Return the ids of the images of its resources."""
        return frozenset(item.icon for item in self.scenario.resources if item.icon)

    def grants(self, resource_id: ResourceId) -> PagedListing[Grant]:
        """Return them in file order."""
        return _listing(self._grants.get(resource_id, []))

    def type_entitlements(self, resource_type: str) -> PagedListing[Entitlement]:
        """Return those of all resources of a type, in file order of the resources."""
        return _listing(list(_of_type(self._entitlements, resource_type)))

    def type_grants(self, resource_type: str) -> PagedListing[Grant]:
        """Return those on all resources of a type, in file order of the resources."""
        return _listing(list(_of_type(self._grants, resource_type)))

    def unreachable(self) -> list[Resource]:
        """Return the resources that are in no listing, because their parent does not announce their type."""
        return [
            resource
            for (type_id, parent), listed in self._listed.items()
            if parent is not None and type_id not in self._resources[parent].child_types
            for resource in listed
        ]

    def user_types(self) -> list[str]:
        """Return the ids of the types whose resources are accounts."""
        return [item.id for item in self._types if item.traits[:1] == (Trait.USER,)]


def resource_id(item: ScenarioId | ScenarioResource) -> ResourceId:
    """Return the id as a value of the model."""
    return ResourceId(item.type, item.id)


def _of_type(by_resource: dict[ResourceId, list[T]], resource_type: str) -> Iterator[T]:
    for resource_id, items in by_resource.items():
        if resource_id.resource_type == resource_type:
            yield from items


def _listing(items: list[T]) -> PagedListing[T]:
    return PagedListing(len(items), lambda start, stop: items[start:stop])


def _resource_type(item: ScenarioType) -> ResourceType:
    can = {Can.GRANT, Can.CREATE, Can.DELETE}
    if item.traits[:1] == ("user",):
        can = {Can.CREATE_ACCOUNT, Can.DELETE, Can.ROTATE_CREDENTIALS, Can.ISSUE_CREDENTIAL, Can.SET_STATUS}
    return ResourceType(
        item.id,
        item.display_name,
        tuple(TRAITS[name] for name in item.traits),
        can=frozenset(can),
        skip_entitlements_and_grants=item.skip_entitlements_and_grants,
        entitlements_by_type=item.entitlements_by_type,
        grants_by_type=item.grants_by_type,
    )


def _resource(item: ScenarioResource, trait: str) -> Resource:
    traits: tuple[AnyTrait, ...] = ()
    if trait == "user":
        user = UserTrait(
            emails=(Email(item.email, is_primary=True),) if item.email else (),
            status=ENABLED,
            account_type=ACCOUNT_TYPES[item.account_type],
        )
        traits = (user,)
    elif trait:
        traits = (EMPTY_TRAITS[trait],)
    return Resource(
        resource_id(item),
        item.display_name,
        resource_id(item.parent) if item.parent else None,
        item.description,
        traits,
        item.child_types,
        item.profile,
        status=Status(STATUSES[item.status]) if trait == "user" else None,
        icon=item.icon,
    )


def _grant(item: ScenarioGrant, ref: EntitlementRef) -> Grant:
    expand = item.expand
    expandable = GrantExpandable(expand.entitlements, expand.shallow, expand.resource_types) if expand else None
    return Grant(ref, resource_id(item.principal), expandable)
