"""One file under review: its grants, facts, counts, findings and changes.

Its rows are in the file; their order, the counts and the changes are in an index, a temporary database, so that memory
does not grow with the number of grants.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from ..c1z.types import Store, SyncRun, View
from ..errors import FileError
from ..index import grant_search, review_rows
from ..index import object_search as search
from ..index.grant_search import IndexedGrantFilter
from ..index.object_search import EntitlementFilter, IndexedResource, ResourceFilter, RowWindow
from ..index.review_rows import HoldingRow, ReviewedGrant
from ..index.sync_index import SyncIndex
from ..model import Trait
from ..query.access.principal_access import is_direct
from ..query.findings import ACCOUNT_FINDINGS, FindingTitle
from ..query.index_loading import add_changes, load_index
from ..query.lookup.object_cache import SizedCache, damaged_object
from ..query.privileged import word_mark
from ..query.rules.bound_rules import BoundRules
from ..query.sync_context import known_gaps
from ..query.sync_json import sync_counts
from ..query.sync_origin import read_origin
from ..wire import decode, stored_grants
from ..wire.wire_format import WireError
from .file_facts import FileFingerprint, missing_columns, parse_sync_time
from .inheritance import inheritance_links
from .review_model import (
    ComparedSync,
    EntitlementReach,
    HeldEntitlement,
    InheritanceLink,
    OptionalColumn,
    ReviewChange,
    ReviewFinding,
    ReviewOrder,
    ReviewPrincipal,
    ReviewRow,
    ReviewUnit,
    SourceEntitlement,
    SystemFacts,
    SystemSummary,
)
from .review_scope import ReviewScope, SystemScope
from .risk_marks import RiskMarks

__all__ = ["ReviewSource", "ReviewedSystem"]

STEP = 5_000
COST = 1_000  # estimated bytes of a principal or an entitlement
OWNERS_NAMED = 3
LISTED = 500  # of a finding
LONG = timedelta(days=90)


class ReviewSource(msgspec.Struct, frozen=True):
    """An open file, the sync to review, the sync to compare with and its file in `before`, and rules in `bound`."""

    path: Path
    store: Store
    sync: SyncRun
    fingerprint: FileFingerprint
    before: tuple[Path, View] | None
    bound: BoundRules | None = None


class ReviewedSystem:
    """A file that has been read. `number` is its position in the review, `label` its name there."""

    def __init__(self, stack: ExitStack, number: int, label: str, source: ReviewSource, scope: ReviewScope) -> None:
        self.number, self.label, self._source = number, label, source
        self.view: View = source.store.view(source.sync)
        self._types = {row.id: decode.resource_type(row.data) for row in self.view.resource_types()}
        self._users = [name for name, resource_type in self._types.items() if Trait.USER in resource_type.traits]
        self._index = stack.enter_context(closing(SyncIndex(str(source.path))))
        self._owners: dict[int, str] = {}
        self._owner_names: dict[str, tuple[str, ...]] = {}
        self._principals = SizedCache[int, ReviewPrincipal](self._principal, lambda _: COST)
        self._held = SizedCache[int, HeldEntitlement](self._entitlement, lambda _: COST)
        self._sources = SizedCache[str, SourceEntitlement](self._source_entitlement, lambda _: COST)
        self._fill()
        self._risks = RiskMarks(self.view, self._index, self._users, source.bound, LONG)
        self.facts = self._facts()
        self._scoped = False
        if not scope.is_complete:
            self._limit(scope)

    # ------------------------------------------------------------------------------------------ reading

    def rows(self, order: ReviewOrder, unit: ReviewUnit = ReviewUnit.GRANT) -> Iterator[ReviewRow]:
        """Yield every grant in the scope once; by default the grants of a unit need not follow each other."""
        by_pair = unit is ReviewUnit.RESOURCE
        stored = review_rows.list_in_order(self._index, order.value, by_pair=by_pair, scoped=self._scoped)
        return map(self._row, stored)

    def split(self, rows: Sequence[int], numbers: Sequence[int]) -> None:
        """Store the number of the package of each grant, by its row in the file; the order is kept."""
        review_rows.store_packages(self._index, zip(rows, numbers, itertools.count(), strict=False))

    def package(self, number: int) -> Iterator[ReviewRow]:
        """Yield the grants of a package."""
        return map(self._row, review_rows.list_package(self._index, number))

    def count_grants(self, package: int | None = None) -> int:
        """Return the number of grants in a package, or in the scope."""
        return review_rows.count_rows(self._index, package, scoped=self._scoped)

    def count_to_decide(self, unit: ReviewUnit, package: int | None = None) -> int:
        """Return the number of rows that need a decision, in a package or in the scope.

        A row of a principal and a resource needs one if it has a direct grant; inherited access follows from others.
        """
        if unit is ReviewUnit.GRANT:
            return self.count_grants(package)
        return review_rows.count_pairs_to_decide(self._index, package, scoped=self._scoped)

    def grants_at(self, rows: Sequence[int]) -> list[ReviewRow]:
        """Return the grants at these rows in the file."""
        return [self._row(row) for row in review_rows.grants_at(self._index, rows)]

    def find(self, grant: str) -> list[ReviewRow]:
        """Return the grants with an id; a valid file has one at most."""
        return list(map(self._row, review_rows.grants_by_id(self._index, grant)))

    def numbers_beside(self, number: int) -> list[int]:
        """Return the rows in the file of all grants between the same principal and resource as the grant at a row."""
        return review_rows.rows_of_pair(self._index, number)

    def links(self) -> Iterator[InheritanceLink]:
        """Yield the links by which access is inherited."""
        return inheritance_links(self.number, self.view, self._sources)

    def reaches(self) -> Iterator[EntitlementReach]:
        """Yield every entitlement with grants, ordered by resource."""
        for num, users, other_principals, inherited in review_rows.count_holders(self._index, self._users):
            if users or other_principals or inherited:
                yield EntitlementReach(self.number, self._held[num], users, other_principals, inherited)

    def changes(self) -> Iterator[ReviewChange]:
        """Yield the changes since the compared sync, section by section."""
        for offset in itertools.count(0, STEP):
            changes = search.list_changes(self._index, RowWindow(offset=offset, limit=STEP))
            for row in changes:
                yield ReviewChange(self.number, row.section, row.mark, row.name, row.place, row.details, row.id)
            if len(changes) < STEP:
                return

    def summary(self) -> SystemSummary:
        """Return the counts and the findings."""
        direct, every = review_rows.count_direct(self._index)
        return SystemSummary(
            system=self.number,
            principals=search.count_resources(self._index, ResourceFilter(only="principals")),
            grants=every,
            direct=direct,
            inherited=every - direct,
            privileged=grant_search.count_grants(self._index, IndexedGrantFilter(privileged=True)),
            new=review_rows.count_new_grants(self._index),
            findings=tuple(self._findings()),
            changes=tuple(search.count_by_section(self._index)),
        )

    def owners_of(self, entitlement: HeldEntitlement) -> tuple[str, ...]:
        """Return the names of the owners of an entitlement's resource."""
        return self._owner_names.get(entitlement.resource_id, ())

    def unowned_without(self, rows: set[int]) -> Iterator[str]:
        """Yield the names of the resources that lose every owner without the grants at these rows in the file."""
        for number, grants in review_rows.owner_grants(self._index):
            if grants <= rows:
                yield search.resource_by_number(self._index, number).name

    def _limit(self, scope: ReviewScope) -> None:
        """Apply a scope, and count the grants that it leaves out."""
        limits, counts = SystemScope(scope, self.view, self.facts), Counter[str]()
        review_rows.store_scope(self._index, self._numbers_in(limits, counts))
        reviewed = counts.pop("", 0)
        left_out = tuple(sorted(counts.items()))
        self.facts = msgspec.structs.replace(self.facts, reviewed=reviewed, scope=scope.describe(), left_out=left_out)
        self._scoped = True

    def _numbers_in(self, limits: SystemScope, counts: Counter[str]) -> Iterator[int]:
        """Yield the rows in the file of the grants in the scope, and count all by the reason to leave them out."""
        for row in self.rows(ReviewOrder.PRINCIPAL):
            reason = limits.exclusion(row)
            counts[reason] += 1
            if not reason:
                yield row.number

    # ------------------------------------------------------------------------------------------ filling

    def _fill(self) -> None:
        bound = self._source.bound
        for _ in load_index(self._index, self.view, mark=bound.mark if bound is not None else word_mark):
            pass
        review_rows.prepare_review(self._index)
        rows = self._how()
        while step := list(itertools.islice(rows, STEP)):
            review_rows.add_holdings(self._index, step)
        self._owners = dict(self._owner_labels())
        review_rows.store_owner_labels(self._index, list(self._owners.items()))
        if self._source.before is not None:
            add_changes(self._index, self._source.before[1], self.view)

    def _how(self) -> Iterator[HoldingRow]:
        for row in self.view.grants():
            try:
                sources = stored_grants.sources(row.data)
            except (WireError, FileError) as error:
                raise damaged_object("grant", row.id, error) from error
            via = sorted(source for source in sources if source != row.entitlement)
            spelled = msgspec.json.encode(via).decode() if via else ""
            yield row.row, row.id, is_direct(sources, row.entitlement), spelled

    def _owner_labels(self) -> Iterator[tuple[int, str]]:
        owners = review_rows.list_owners(self._index)
        for resource_number, rows in itertools.groupby(owners, key=lambda row: row[0]):
            listed = list(rows)
            names = [name for _, level, name, _ in listed if level == listed[0][1]]
            resource = search.resource_by_number(self._index, resource_number)
            self._owner_names[f"{resource.type}:{resource.id}"] = tuple(names)
            unlisted = len(names) - OWNERS_NAMED
            more = f"; and {unlisted} more" if unlisted > 0 else ""
            yield resource_number, "; ".join(names[:OWNERS_NAMED]) + more

    # ------------------------------------------------------------------------------------------ parts

    def _row(self, row: ReviewedGrant) -> ReviewRow:
        sources = tuple(self._sources[name] for name in msgspec.json.decode(row.via, type=list[str])) if row.via else ()
        change = {"added": "new"}.get(row.mark, row.mark)
        details = row.details if change == "changed" else ""
        principal, entitlement = self._principals[row.principal], self._held[row.entitlement]
        risks = self._risks.of_grant(row.row, principal, entitlement)
        is_direct = bool(row.direct)
        return ReviewRow(
            self.number, row.id, principal, entitlement, is_direct, sources, change, details, row.row, risks
        )

    def _principal(self, num: int) -> ReviewPrincipal:
        return self._to_principal(search.resource_by_number(self._index, num))

    def _to_principal(self, resource: IndexedResource) -> ReviewPrincipal:
        resource_type = self._types.get(resource.type)
        traits = resource_type.traits if resource_type else ()
        trait = "user" if Trait.USER in traits else "group" if Trait.GROUP in traits else ""
        principal = ReviewPrincipal(
            num=resource.number,
            resource_type=resource.type,
            resource=resource.id,
            type_name=self._type_name(resource.type),
            trait=trait,
            name=resource.name,
            mail=resource.mail,
            status=resource.state,
            account=resource.account or ("human" if resource.human else ""),
            signed_in=datetime.fromisoformat(resource.last_login) if resource.last_login else None,
            missing=bool(resource.missing),
        )
        signed_in = OptionalColumn.SIGNED_IN not in self.facts.missing
        risks = self._risks.of_principal(principal, self.facts.ended, signed_in=signed_in)
        return msgspec.structs.replace(principal, risks=risks) if risks else principal

    def _entitlement(self, num: int) -> HeldEntitlement:
        entitlement, resource_number = search.entitlement_by_number(self._index, num)
        return HeldEntitlement(
            num=num,
            id=entitlement.id,
            name=entitlement.name,
            slug=entitlement.slug,
            privileged=entitlement.privileged,
            resource_type=entitlement.type,
            resource=entitlement.resource,
            resource_name=entitlement.resource_name,
            type_name=self._type_name(entitlement.type),
            owner=self._owners.get(resource_number, ""),
            missing=bool(entitlement.missing),
        )

    def _source_entitlement(self, entitlement: str) -> SourceEntitlement:
        entry = search.entitlement_by_id(self._index, entitlement)
        return (
            SourceEntitlement(entitlement, entry.name, entry.resource_name)
            if entry
            else SourceEntitlement(entitlement, entitlement, "")
        )

    def _type_name(self, type_id: str) -> str:
        resource_type = self._types.get(type_id)
        return (resource_type.display_name if resource_type else "") or type_id

    # ------------------------------------------------------------------------------------------ the facts

    def _facts(self) -> SystemFacts:
        source, origin, index = self._source, read_origin(self._source.sync), self._index
        stats = sync_counts(self.view)
        direct, every = review_rows.count_direct(index)
        passed_on = next(self.view.expandable_grants(), None) is not None
        expanded = source.sync.expanded or direct < every or not passed_on
        reported = review_rows.known_user_facts(index, self._users) | {"owner": bool(self._owners)}
        missing = (
            search.count_resources(index, ResourceFilter(missing=True, only="principals")),
            search.count_entitlements(index, EntitlementFilter(missing=True)),
        )
        compared = None
        if source.before is not None:
            path, view = source.before
            compared = ComparedSync(view.sync.id, parse_sync_time(view.sync.ended_at), str(path))
        rules = source.bound.rules if source.bound is not None else None
        return SystemFacts(
            system=self.label,
            file=str(source.path),
            sha256=source.fingerprint.sha256,
            size=source.fingerprint.size,
            sync_id=source.sync.id,
            sync_type=source.sync.type,
            started=parse_sync_time(source.sync.started_at),
            ended=parse_sync_time(source.sync.ended_at),
            connector=origin.connector,
            connector_version=origin.connector_version,
            host_version=origin.version,
            account=origin.account,
            user=origin.user,
            resource_types=stats.resource_types,
            resources=stats.resources,
            entitlements=stats.entitlements,
            grants=every,
            reviewed=every,
            compared=compared,
            gaps=tuple(known_gaps(source.sync, origin, expanded=expanded, missing=missing)),
            rules=f"{rules.source} (SHA-256 {rules.sha256})" if rules is not None else "",
            missing=missing_columns(reported, compared=compared is not None, expanded=expanded),
        )

    # ------------------------------------------------------------------------------------------ the findings

    def _findings(self) -> Iterator[ReviewFinding]:
        yield self._privileged()
        for account_finding in ACCOUNT_FINDINGS:
            count = search.count_resources(self._index, account_finding.filter)
            accounts = search.list_resources(
                self._index, account_finding.filter, RowWindow("held", descending=True, limit=LISTED)
            )
            column = OptionalColumn.STATUS if account_finding.state else OptionalColumn.ACCOUNT
            reason = "" if count else self.facts.missing.get(column, "")
            yield ReviewFinding(
                self.number,
                account_finding.key,
                account_finding.title,
                count,
                principals=self._listed(accounts),
                not_given=reason,
            )
        yield from self._not_signed_in()
        yield from self._risks.findings(self.number, self._index, self._listed)
        yield self._missing_principals()

    def _privileged(self) -> ReviewFinding:
        listed = grant_search.most_privileged_principals(self._index, RowWindow(limit=LISTED))
        count = grant_search.count_privileged_principals(self._index)
        principals = tuple((self._to_principal(resource), number) for resource, number in listed)
        note = "Based on entitlement names. The number beside a name counts privileged grants."
        return ReviewFinding(self.number, "privileged", FindingTitle.PRIVILEGED_PRINCIPALS, count, note, principals)

    def _not_signed_in(self) -> Iterator[ReviewFinding]:
        missing = self.facts.missing.get(OptionalColumn.SIGNED_IN, "")
        ended = self.facts.ended or datetime.now(UTC)
        since = (ended - LONG).astimezone(UTC).isoformat()
        for key, title, signed_in_before in (
            ("never", FindingTitle.NEVER_SIGNED_IN, None),
            ("long", FindingTitle.NOT_SIGNED_IN_FOR.format(days=LONG.days), since),
        ):
            if missing:
                yield ReviewFinding(self.number, key, title, not_given=missing)
                continue
            count, users = review_rows.list_silent_users(self._index, self._users, signed_in_before, LISTED)
            yield ReviewFinding(self.number, key, title, count, principals=self._listed(users))

    def _missing_principals(self) -> ReviewFinding:
        where = ResourceFilter(missing=True, only="principals")
        principals = search.list_resources(self._index, where, RowWindow("held", descending=True, limit=LISTED))
        count = search.count_resources(self._index, where)
        title = FindingTitle.MISSING_PRINCIPALS
        return ReviewFinding(self.number, "lost", title, count, principals=self._listed(principals))

    def _listed(self, resources: list[IndexedResource]) -> tuple[tuple[ReviewPrincipal, int], ...]:
        return tuple((self._to_principal(resource), resource.held) for resource in resources)
