"""Contract tests of single objects: their ids, traits, parents, and the references between them."""

from __future__ import annotations

from typing import ClassVar

from ..model import Entitlement, Resource, Trait
from ..traits import TRAIT_CLASSES
from .contract_helpers import first_of
from .harness import Problem, Reading, is_external, names, short_trace

__all__ = ["ObjectTests", "grantable_ids"]

__tracebackhide__ = short_trace

MISSING_VALUES = frozenset({"none", "null", "nil", "undefined", "nan", "<na>", "n/a", "missing"})
"""Texts that a missing value becomes when it is made a text: `str(None)` and its like."""


class ObjectTests:
    """The part of the contract about the objects that a connector lists."""

    named_by: ClassVar[frozenset[str]] = frozenset()
    external: ClassVar[frozenset[str]] = frozenset()

    def test_ids_are_no_missing_values(self, reading: Reading) -> None:
        """No id is `None`, `null` or `nan`: a missing value that was made a text."""
        ids = [resource.id.resource for resource in reading.resources]
        ids += [grant.principal_id.resource for grant in reading.grants]
        ids += [entitlement.slug for entitlement in reading.entitlements]
        if wrong := [name for name in ids if name.strip().lower() in MISSING_VALUES]:
            raise Problem(
                f"{len(wrong)} ids are missing values as text ({first_of(set(wrong))}). Check that the application"
                " returned an id before you make it a text: str(None) is 'None'."
            )

    def test_ids_are_no_names(self, reading: Reading) -> None:
        """Ids of people and groups are not their names or e-mail addresses, which change."""
        for resource_type in reading.types:
            if not {Trait.USER, Trait.GROUP}.intersection(resource_type.traits):
                continue
            members = [resource for resource in reading.resources if resource.id.resource_type == resource_type.id]
            named = [resource for resource in members if _is_named(resource)]
            if resource_type.id not in self.named_by and len(named) > 1 and 2 * len(named) > len(members):
                raise Problem(
                    f"most ids of the type {resource_type.id!r} are names or e-mail addresses"
                    f" ({first_of(names(named))}). Use an id that the application never changes. If it has none, set"
                    f" named_by = frozenset({{{resource_type.id!r}}})."
                )

    def test_resources_have_the_traits_of_their_types(self, reading: Reading) -> None:
        """A type with `Trait.USER` has resources with a `UserTrait`, and so on."""
        types = {resource_type.id: resource_type for resource_type in reading.types}
        for resource in reading.resources:
            if resource.id.resource_type not in types:
                raise Problem(f"list_resources returned {resource.id}, but list_resource_types has no such type.")
            for trait in types[resource.id.resource_type].traits:
                needed = TRAIT_CLASSES.get(Trait(trait))
                if needed and not _has_trait(resource, needed):
                    raise Problem(f"{resource.id} has no {needed.__name__}, which its type declares with {trait!r}.")

    def test_parents_exist(self, reading: Reading) -> None:
        """A parent that a resource names is listed."""
        listed = {resource.id for resource in reading.resources}
        for resource in reading.resources:
            if resource.parent is not None and resource.parent not in listed:
                raise Problem(f"{resource.id} names the parent {resource.parent}, which list_resources never returned.")

    def test_grants_name_what_exists(self, reading: Reading) -> None:
        """Every grant's entitlement and principal are listed, or external."""
        listed = {resource.id for resource in reading.resources}
        entitlements = {entitlement.id for entitlement in reading.entitlements} | reading.inserted
        for grant in reading.grants:
            name = grant.entitlement.id
            if name not in entitlements:
                raise Problem(f"a grant is of the entitlement {name}, which list_entitlements never returned.")
            principal = grant.principal_id
            if principal not in listed and not is_external(grant) and principal.resource_type not in self.external:
                raise Problem(
                    f"a grant of {name} names the principal {principal}, which list_resources never returned."
                    " List it, or wrap it in External(...) if it lives in another system."
                )
            for source in grant.expandable.entitlement_ids if grant.expandable else ():
                if source not in entitlements:
                    raise Problem(f"the grant of {name} to {principal} expands {source}, which does not exist.")

    def test_listings_return_resources_of_their_type(self, reading: Reading) -> None:
        """`list_resources` of a type returns resources of that type."""
        for call in reading.calls:
            if call.hook != "list_resources":
                continue
            type_id = call.subject.partition(" under ")[0]
            for resource in call.page.items:
                if resource.id.resource_type != type_id:
                    raise Problem(
                        f"{call} returned {resource.id}, which is of another type. Return it from the listing of its"
                        " own type."
                    )

    def test_entitlements_are_grantable_to_listed_types(self, reading: Reading) -> None:
        """`grantable_to` names resource types that are listed."""
        listed = {resource_type.id for resource_type in reading.types}
        for entitlement in reading.entitlements:
            for type_id in grantable_ids(entitlement):
                if type_id not in listed and type_id not in self.external:
                    raise Problem(
                        f"{entitlement.id} is grantable to {type_id!r}, but list_resource_types has no such type."
                        f" The types are: {', '.join(sorted(listed))}."
                    )


def _has_trait(resource: Resource, needed: type) -> bool:
    return any(isinstance(trait, needed) for trait in resource.traits) or any(
        annotation.type_name.rpartition(".")[2] == needed.__name__ for annotation in resource.annotations
    )


def _is_named(resource: Resource) -> bool:
    emails = {email.address.lower() for trait in resource.traits for email in getattr(trait, "emails", ())}
    own = resource.id.resource
    return own.lower() in emails or own == resource.display_name


def grantable_ids(entitlement: Entitlement) -> set[str]:
    """Return the ids of the resource types that an entitlement can be granted to."""
    return {
        resource_type if isinstance(resource_type, str) else resource_type.id
        for resource_type in entitlement.grantable_to
    }
