"""An organisation of any size, computed from counts: equal counts give equal users, groups and grants.

User i is `u%07d`, group g is `g%06d`. Member i of group g is user (g*37 + i*13) mod users; group g also holds, for
k = 1..nested, group g*nested + k (where there is one) with its members, so nesting makes a tree. Nothing is stored:
every page is computed, so memory does not grow with the number of grants.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from connector_host import (
    ConfigError,
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
    Status,
    Trait,
    UserTrait,
)

from .page_tokens import PagedListing

__all__ = ["SizedOrganisation", "Sizes"]

MEMBER = "member"
ENABLED = Status(ResourceStatus.ENABLED)
STEP = 13
"""Distance between the numbers of two members of a group; the first of the next group is 37 further."""
BLOCK, KEPT_BLOCKS = 4096, 64
"""Ids of users are created in blocks, and so many are kept (about 40 MB): groups that follow each other share most."""
TYPES = [
    ResourceType("user", "User", (Trait.USER,), can=frozenset(), skip_entitlements_and_grants=True),
    ResourceType("group", "Group", (Trait.GROUP,), can=frozenset()),
]


class Sizes(Struct, frozen=True, kw_only=True):
    """Size of the organisation: users, groups, members of each group, groups nested in each group."""

    users: int = 0
    groups: int = 0
    members: int = 0
    nested: int = 0

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if getattr(self, name) < 0:
                raise ConfigError(f"--{name} {getattr(self, name)} is negative")
        if self.members and self.groups and not self.users:
            raise ConfigError("groups with members need users", hint="Specify --users as well, or leave out --members.")


class SizedOrganisation:
    """The sized organisation."""

    page_size = 200

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.account = "sized organisation"
        self._has_wide_groups = min(sizes.users, STEP * sizes.members) > BLOCK * (KEPT_BLOCKS - 1)
        self._block = lru_cache(maxsize=KEPT_BLOCKS)(self._create_block)
        self._member_of = lru_cache(maxsize=64)(_member_of)  # all pages of a group share one value

    def resource_types(self) -> PagedListing[ResourceType]:
        """Return the types of users and groups."""
        return PagedListing(len(TYPES), lambda start, stop: TYPES[start:stop])

    def resources(self, resource_type: str, parent: ResourceId | None) -> PagedListing[Resource]:
        """Return the users or groups; all are at top level."""
        if parent is None and resource_type == "user":
            return PagedListing(self.sizes.users, lambda start, stop: [_user(number) for number in range(start, stop)])
        if parent is None and resource_type == "group":
            return PagedListing(
                self.sizes.groups, lambda start, stop: [_group(number) for number in range(start, stop)]
            )
        return PagedListing(0, lambda _start, _stop: [])

    def resource(self, resource_id: ResourceId) -> Resource | None:
        """Return a user or a group by its id."""
        number = _number(resource_id, "user", "u", self.sizes.users)
        if number is not None:
            return _user(number)
        number = _number(resource_id, "group", "g", self.sizes.groups)
        return None if number is None else _group(number)

    def entitlements(self, resource_id: ResourceId) -> PagedListing[Entitlement]:
        """Return the entitlement `member` of a group."""
        number = _number(resource_id, "group", "g", self.sizes.groups)
        if number is None:
            return PagedListing(0, lambda _start, _stop: [])
        group = _group(number)
        name = group.id.resource
        member = Entitlement(
            group, MEMBER, Purpose.ASSIGNMENT, f"Group {name} member", f"Member of Group {name}", ("user",)
        )
        return PagedListing(1, lambda start, stop: [member][start:stop])

    def static_entitlements(self, resource_type: str) -> PagedListing[Entitlement]:  # noqa: ARG002 - it has none
        """Return nothing."""
        return PagedListing(0, lambda _start, _stop: [])

    def etag(self, resource_id: ResourceId) -> str:  # noqa: ARG002 - nothing ever changes
        """Return a text that changes with the sizes."""
        return repr(self.sizes)

    def icons(self) -> frozenset[str]:
        """Return nothing: its resources have no images."""
        return frozenset()

    def grants(self, resource_id: ResourceId) -> PagedListing[Grant]:
        """Return the grants to the members of a group; the first page also has the nested groups."""
        number = _number(resource_id, "group", "g", self.sizes.groups)
        if number is None:
            return PagedListing(0, lambda _start, _stop: [])
        return PagedListing(self.sizes.members, lambda start, stop: self._read_grants(number, start, stop))

    def type_entitlements(self, resource_type: str) -> PagedListing[Entitlement]:  # noqa: ARG002 - no type is listed so
        """Return nothing: no type of it is listed as a whole."""
        return PagedListing(0, lambda _start, _stop: [])

    def type_grants(self, resource_type: str) -> PagedListing[Grant]:  # noqa: ARG002 - as above
        """Return nothing: no type of it is listed as a whole."""
        return PagedListing(0, lambda _start, _stop: [])

    def _read_grants(self, group: int, start: int, stop: int) -> list[Grant]:
        member = self._member_of(group)
        grants = [Grant(member, user_id) for user_id in self._members(group * 37 + start * STEP, stop - start)]
        if start == 0:
            first = group * self.sizes.nested + 1
            children = range(first, min(first + self.sizes.nested, self.sizes.groups))
            grants.extend(_nested(member, child) for child in children)
        return grants

    def _members(self, number: int, count: int) -> list[ResourceId]:
        """Return the ids of so many members from a number on; numbers go on from the last user to the first."""
        users = self.sizes.users
        if self._has_wide_groups:  # a block would be created anew for each few of its ids
            return [_user_id(at % users) for at in range(number, number + count * STEP, STEP)]
        ids: list[ResourceId] = []
        while (missing := count - len(ids)) > 0:
            block, first = divmod((number + len(ids) * STEP) % users, BLOCK)
            ids += self._block(block)[first : first + missing * STEP : STEP]
        return ids

    def _create_block(self, block: int) -> list[ResourceId]:
        return [_user_id(number) for number in range(block * BLOCK, min((block + 1) * BLOCK, self.sizes.users))]


def _member_of(group: int) -> EntitlementRef:
    return EntitlementRef(_group(group), MEMBER)


def _nested(member: EntitlementRef, child: int) -> Grant:
    inner = ResourceId("group", f"g{child:06d}")
    return Grant(member, inner, GrantExpandable((f"group:{inner.resource}:{MEMBER}",), False, ("user",)))


def _user_id(number: int) -> ResourceId:
    return ResourceId("user", f"u{number:07d}")


def _user(number: int) -> Resource:
    resource_id = _user_id(number)
    name = resource_id.resource
    email = f"{name}@example.com"
    return Resource(
        resource_id,
        f"User {name}",
        traits=(UserTrait(emails=(Email(email, is_primary=True),), status=ENABLED),),
        profile={"first_name": "User", "last_name": name, "login": email, "user_id": name},
    )


def _group(number: int) -> Resource:
    name = f"g{number:06d}"
    return Resource(
        ResourceId("group", name),
        f"Group {name}",
        traits=(GroupTrait(),),
        profile={"group_id": name, "group_name": name},
    )


def _number(resource_id: ResourceId, resource_type: str, letter: str, count: int) -> int | None:
    """Return the number in an id; None if it is of another type or spelling, or exceeds the last one."""
    name = resource_id.resource
    digits = name.removeprefix(letter)
    if resource_id.resource_type != resource_type or digits == name or not (digits.isascii() and digits.isdigit()):
        return None
    number = int(digits) if len(digits) < 16 else count
    width = 7 if letter == "u" else 6
    return number if number < count and name == f"{letter}{number:0{width}d}" else None
