"""The storing of checked pages: rows, and the actions that follow from them (children, parents, targets)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec.structs import replace

from ..errors import valid_text
from ..model import Entitlement, External, Page, Resource, ResourceId, ResourceType
from ..wire.grants.packed_grants import PackedGrants
from .page_checks import PageChecker
from .scope import Scope
from .single_resources import fetch_action
from .working.database import WorkingSync
from .working.queue import Phase, QueuedListing

__all__ = ["EXAMPLES", "MALFORMED", "MISSING_PRINCIPALS", "UNLISTED", "PageStore"]

MALFORMED, UNLISTED = "malformed items", "grants on unlisted entitlements"
MISSING_PRINCIPALS = "grants to unlisted principals"
MISSING_PARENTS, MISSING_ENTITLED = "resources under unlisted parents", "entitlements on unlisted resources"
EXAMPLES = (UNLISTED, MISSING_PRINCIPALS, MISSING_PARENTS, MISSING_ENTITLED)
"""Counters whose examples are remarks of the working sync under the same name."""
NAMES_PARENTS, NAMES_ENTITLED = "names parents", "names resources of entitlements"
"""States of a sync that names resources that may not be listed: 1, or 2 if they are counted."""
PART = 1000
"""Static entitlements that are in memory at a time."""
MOST_KNOWN = 65536
"""Entitlement ids of which is remembered whether they were listed."""


class PageStore:
    """Writer of pages into a working sync; the caller holds the transaction.

    `types` are the resource types that are stored, `known_types` all that the connector listed; both fill up while the
    types are read. `found_hooks` are the hooks that are not called for resources that only turn up with grants.
    """

    def __init__(
        self,
        work: WorkingSync,
        checker: PageChecker,
        scope: Scope,
        types: Mapping[str, ResourceType],
        known_types: Mapping[str, ResourceType],
        found_hooks: Sequence[str],
        *,
        has_etags: bool = False,
    ) -> None:
        self._work, self._checker, self._scope = work, checker, scope
        self._types, self._known_types, self._found_hooks = types, known_types, found_hooks
        self._targets, self._has_etags = scope.target_ids, has_etags
        self._children: set[tuple[str, str, str]] = set()
        self._fetched: set[ResourceId] = set()
        self._listed: dict[str, bool] = {}
        self._missing: set[tuple[str, str]] = set()  # principals that were never listed

    def count(self, action: QueuedListing, page: Page[Any]) -> int:
        """Store the counters of a page and the names of its malformed items; return the number of these."""
        self._checker.reject_skipped(action, page)
        counters, malformed = self._checker.take_counters(), self._checker.take_malformed()
        if malformed:
            counters[f"{MALFORMED}:{action.hook}"] += len(malformed)
            self._work.remark(MALFORMED, malformed)
        if not page.next_token:
            counters["actions"] += 1
        self._work.count_up(counters)
        self._work.count_items(action.hook, action.resource_type, len(page.items) + len(page.skipped), len(malformed))
        return len(malformed)

    # ----------------------------------------------------------------------------------------------- listings

    def resource_types(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store resource types; those outside the scope are only kept for `grantable_to`."""
        types = self._checker.resource_types(action, page)
        self._checker.stored(action, page, types, self._put_types, self._work.attempt, strict=True)

    def _put_types(self, types: Sequence[ResourceType]) -> None:
        self._work.put_resource_types([item for item in types if item.id in self._scope])
        self._work.keep_types(item for item in types if item.id not in self._scope)

    def resources(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store resources and queue the listing of their children."""
        resources = self._checker.resources(action, page)
        self._checker.stored(action, page, resources, self._put_resources, self._work.attempt)
        own = (action.parent_type, action.parent)  # which was listed
        if any(item.parent and (item.parent.resource_type, item.parent.resource) != own for item in resources):
            self._work.set_state(NAMES_PARENTS, 1)
        self._work.queue.push(self._child_actions(resources))

    def _put_resources(self, resources: Sequence[Resource]) -> None:
        self._work.put_resources(resources)
        self._work.keep_parents(resource for resource in resources if resource.child_types)

    def fetched_resource(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store one resource that was fetched by its id; its parents follow, and the children of one that was named."""
        resources = self._checker.resources(action, page)
        if not resources:
            return  # of a type that is left out
        resource = resources[0]
        self._checker.stored(action, page, resources, self._put_resources, self._work.attempt)
        if resource.id in self._targets:
            self._work.queue.push(self._child_actions(resources))
        if resource.parent is not None and resource.parent.resource_type in self._types:
            self._fetch_once(Phase(action.phase), resource.parent)

    def _child_actions(self, resources: list[Resource]) -> Iterator[QueuedListing]:
        for resource in resources:
            for name in resource.child_types:
                key = (name, resource.id.resource_type, resource.id.resource)
                if name not in self._types:
                    self._checker.counters[f"unlisted child types:{name}"] += name not in self._known_types
                elif key not in self._children:
                    self._children.add(key)
                    yield QueuedListing(
                        phase=Phase.RESOURCES,
                        hook="list_resources",
                        resource_type=name,
                        parent_type=resource.id.resource_type,
                        parent=resource.id.resource,
                    )

    def _fetch_once(self, phase: Phase, resource_id: ResourceId) -> None:
        """Queue the fetching of a resource that others lead to, unless it is stored or queued."""
        is_queued = resource_id in self._targets or resource_id in self._fetched
        if not is_queued and self._work.resource(resource_id) is None:
            self._fetched.add(resource_id)
            self._work.queue.push([fetch_action(phase, resource_id, None)])

    def static_entitlements(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store the entitlement of each template on every resource of the type."""
        templates = self._checker.entitlements(action, page)
        self._checker.stored(
            action, page, templates, lambda items: self._put_templates(action, items), self._work.attempt
        )
        self._count_grantable(templates)

    def _put_templates(self, action: QueuedListing, templates: Sequence[Entitlement]) -> None:
        for template in templates:
            resources: Iterable[Resource] = self._work.resources(action.resource_type)
            if self._targets:
                resources = (resource for resource in resources if resource.id in self._targets)
            self._work.keep_template(action.resource_type, template, self._known_types)
            entitlements = iter(static_entitlements(template, resources))
            while part := list(islice(entitlements, PART)):
                self._work.put_entitlements(part, self._known_types)
                self._work.flush()

    def entitlements(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store entitlements."""
        entitlements = self._checker.entitlements(action, page)
        self._checker.stored(action, page, entitlements, self._put_entitlements, self._work.attempt)
        self._count_grantable(entitlements)
        own = (action.resource_type, action.resource)
        foreign = {(item.resource.id.resource_type, item.resource.id.resource) for item in entitlements} - {own}
        if foreign and not self._targets and self._work.missing_resources(foreign):
            self._work.set_state(NAMES_ENTITLED, 1)

    def _count_grantable(self, entitlements: Sequence[Entitlement]) -> None:
        """Count the names in `grantable_to` that are no listed type."""
        for entitlement in entitlements:
            for name in entitlement.grantable_to:
                if isinstance(name, str) and name not in self._known_types:
                    self._checker.counters[f"unlisted grantable types:{valid_text(name)}"] += 1

    def count_unlisted_resources(self) -> None:
        """Count and name the parents, and the resources of entitlements, that were never listed, when all is read."""
        for state, counter, missing in (
            (NAMES_PARENTS, MISSING_PARENTS, self._work.missing_parents),
            (NAMES_ENTITLED, MISSING_ENTITLED, self._work.missing_entitled),
        ):
            if self._work.state(state) != 1:
                continue
            expected = [row for row in missing() if row[0] in self._types or row[0] not in self._known_types]
            self._work.remark(counter, [f"{type_id}:{name}" for type_id, name, _ in expected])
            self._work.count_up({counter: sum(number for _, _, number in expected)} if expected else {})
            self._work.set_state(state, 2)  # counted

    def type_entitlements(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store entitlements of all resources of a type; in a targeted sync only those of the targets."""
        self.entitlements(action, self._of_targets(page, lambda item: item.resource))

    def type_grants(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store grants on all resources of a type; in a targeted sync only those on the targets."""
        self.grants(action, self._of_targets(page, lambda item: item.entitlement.resource))

    def _of_targets(self, page: Page[Any], resource_of: Callable[[Any], Resource]) -> Page[Any]:
        if not self._targets:
            return page
        return replace(page, items=[item for item in page.items if _id_of(item, resource_of) in self._targets])

    def _put_entitlements(self, entitlements: Sequence[Entitlement]) -> None:
        self._work.put_entitlements(entitlements, self._known_types)

    # ----------------------------------------------------------------------------------------------- grants

    def grants(self, action: QueuedListing, page: Page[Any]) -> None:
        """Store grants, with `insert_resources` also their resources and entitlements; queue what targets lead to."""
        grants = self._checker.grants(action, page)
        self._work.put_grants(grants.packed)
        if self._has_etags:
            self._note_etag(action, page, grants.packed)
        if grants.resources:
            self._work.put_found_resources(grants.resources, self._found_hooks)
            self._put_found_entitlements(grants.resources, grants.entitlements)
        self._count_unlisted(grants.packed)
        if not self._targets:  # of single resources the principals are not fetched
            self._count_missing_principals(page, grants.packed)
        if grants.expandable:
            self._work.set_state("expandable", 1)
        if self._targets:
            for type_id, resource in {(run.resource_type, run.resource) for run in grants.packed}:
                self._fetch_once(Phase.GRANTS, ResourceId(type_id, resource))

    def _note_etag(self, action: QueuedListing, page: Page[Any], packed: Sequence[PackedGrants]) -> None:
        """Keep the ETag of a listing, unless the next sync could not take its grants over.

        It could not if a listing returns grants on other resources, or if parts of it were not reported or stored.
        """
        own = f"{action.resource_type}:{action.resource}" if action.hook == "list_grants" else ""
        spoiled = {
            f"{run.resource_type}:{run.resource}" for run in packed if own or run.resource_type != action.resource_type
        } - {own}
        is_complete = not (page.gaps or page.skipped or page.insert_resources)
        if own and (spoiled or not is_complete or sum(run.number for run in packed) != len(page.items)):
            spoiled.add(own)
        if spoiled:
            self._work.spoil_etags(sorted(spoiled))
        if own and page.etag:
            self._work.put_etag(own, page.etag)

    def _put_found_entitlements(self, resources: Sequence[Resource], entitlements: Sequence[Entitlement]) -> None:
        """Store the entitlements of resources that turned up with grants: those of the grants, and the static ones."""
        stored = {resource.id for resource in resources}
        by_id = {item.id: item for item in entitlements if item.resource.id in stored}
        for resource in resources:
            for template in self._work.templates(resource.id.resource_type):
                for item in static_entitlements(template, [resource]):
                    by_id.setdefault(item.id, item)
        missing = [item for item in by_id.values() if not self._is_listed(item.id)]
        if missing:
            self._put_entitlements(missing)
            self._listed.update((item.id, True) for item in missing)

    def _count_unlisted(self, packed: Sequence[PackedGrants]) -> None:
        """Count and name the grants on entitlements that were never listed: they are stored, but lead nowhere."""
        unlisted = {name for name in {run.entitlement for run in packed} if not self._is_listed(name)}
        if unlisted:
            self._checker.counters[UNLISTED] += sum(run.number for run in packed if run.entitlement in unlisted)
            self._work.remark(UNLISTED, sorted(unlisted))

    def _count_missing_principals(self, page: Page[Any], packed: Sequence[PackedGrants]) -> None:
        """Count and name the grants to principals that were never listed; those of another system are expected."""
        new = {(item.resource_type, item.resource) for item in self._checker.take_new_principals()}
        if new and (missing := self._work.missing_resources(new)):
            external = {grant.principal_id for grant in page.items if isinstance(grant.principal, External)}
            missing -= {(item.resource_type, item.resource) for item in external}
            self._work.remark(MISSING_PRINCIPALS, sorted(f"{type_id}:{name}" for type_id, name in missing))
            if len(self._missing) < MOST_KNOWN:
                self._missing |= missing
        if self._missing:
            self._checker.counters[MISSING_PRINCIPALS] += sum(
                principal in self._missing for run in packed for principal in run.principals()
            )

    def _is_listed(self, entitlement: str) -> bool:
        listed = self._listed.get(entitlement)
        if listed is None:
            if len(self._listed) >= MOST_KNOWN:
                self._listed.clear()
            listed = self._listed[entitlement] = self._work.has_entitlement(entitlement)
        return listed


def _id_of(item: Any, resource_of: Callable[[Any], Resource]) -> ResourceId | None:
    """Return the id of an item's resource; None for a malformed item, which another page reports."""
    try:
        return resource_of(item).id
    except AttributeError:
        return None


def _filled(text: str, resource: Resource) -> str:
    """Return the text of a template with the name and id of a resource in their places."""
    if "{" not in text:
        return text
    return text.replace("{display_name}", resource.display_name).replace("{id}", resource.id.resource)


def static_entitlements(template: Entitlement, resources: Iterable[Resource]) -> Iterable[Entitlement]:
    """Yield the entitlement that a template of `list_static_entitlements` stands for on each resource."""
    for resource in resources:
        yield Entitlement(
            resource,
            template.slug,
            template.purpose,
            _filled(template.display_name, resource) or resource.display_name,
            _filled(template.description, resource) or resource.description,
            template.grantable_to,
            annotations=template.annotations,
        )
