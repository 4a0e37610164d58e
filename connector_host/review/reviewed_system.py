"""One file under review, and everything a review says of it.

Its rows are in the file, its order, counts and changes in a catalogue, a temporary database: memory does not grow with
the grants.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from ..c1z.types import Store, SyncRun, View
from ..errors import FileError
from ..index import grant_search, review_rows
from ..index import object_search as questions
from ..index.grant_search import IndexedGrantFilter
from ..index.object_search import EntitlementFilter, IndexedResource, PageRequest, ResourceFilter
from ..index.review_rows import HoldingRow, ReviewedGrant
from ..index.sync_index import SyncIndex
from ..model import Trait
from ..query.index_loading import add_changes, load_index
from ..query.lookup.object_cache import SizedCache, damaged_object
from ..query.principal_access import is_direct
from ..query.sync_json import sync_counts
from ..query.sync_origin import read_origin
from ..wire import decode, stored_grants
from ..wire.wire_format import WireError
from .file_facts import FileFingerprint, gaps, missing_columns, parse_sync_time
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
    SourceEntitlement,
    SystemFacts,
    SystemSummary,
)

__all__ = ["ReviewSource", "ReviewedSystem"]

STEP = 5_000
COST = 1_000  # bytes a principal or entitlement takes, at a guess
OWNERS_NAMED = 3
LISTED = 500  # of a finding
LONG = timedelta(days=90)


class ReviewSource(msgspec.Struct, frozen=True):
    """An open file and the sync of it that is wanted; `before` is the sync it is compared with, and its file."""

    path: Path
    store: Store
    sync: SyncRun
    printed: FileFingerprint
    before: tuple[Path, View] | None


class ReviewedSystem:
    """A file that has been read through. `number` is its place in the review, `label` its name there."""

    def __init__(self, stack: ExitStack, number: int, label: str, source: ReviewSource) -> None:
        self.number, self.label, self._source = number, label, source
        self.view: View = source.store.view(source.sync)
        self._types = {row.id: decode.resource_type(row.data) for row in self.view.resource_types()}
        self._users = [name for name, found in self._types.items() if Trait.USER in found.traits]
        self._catalogue = stack.enter_context(closing(SyncIndex(str(source.path))))
        self._owners: dict[int, str] = {}
        self._principals = SizedCache[int, ReviewPrincipal](self._principal, lambda _: COST)
        self._held = SizedCache[int, HeldEntitlement](self._what, lambda _: COST)
        self._vias = SizedCache[str, SourceEntitlement](self._via, lambda _: COST)
        self._fill()
        self.facts = self._facts()

    # ------------------------------------------------------------------------------------------ what is told

    def rows(self, order: ReviewOrder) -> Iterator[ReviewRow]:
        """Every grant of the sync, once."""
        for row in review_rows.list_in_order(self._catalogue, order.value):
            yield self._row(row)

    def find(self, grant: str) -> list[tuple[int, ReviewRow]]:
        """The grants of an id (a sound file has one at most), each with a number that tells it from all others."""
        return [(num, self._row(row)) for num, row in review_rows.grants_by_id(self._catalogue, grant)]

    def links(self) -> Iterator[InheritanceLink]:
        """What passes what on."""
        return inheritance_links(self.number, self.view, self._vias)

    def reaches(self) -> Iterator[EntitlementReach]:
        """Every entitlement that is held, by resource."""
        for num, users, others, inherited in review_rows.count_holders(self._catalogue, self._users):
            if users or others or inherited:
                yield EntitlementReach(self.number, self._held[num], users, others, inherited)

    def changes(self) -> Iterator[ReviewChange]:
        """What is different from the sync before, section by section."""
        for offset in itertools.count(0, STEP):
            found = questions.list_changes(self._catalogue, PageRequest(offset=offset, limit=STEP))
            for row in found:
                yield ReviewChange(self.number, row.section, row.mark, row.name, row.place, row.details, row.id)
            if len(found) < STEP:
                return

    def summary(self) -> SystemSummary:
        """The numbers, and what deserves a look."""
        direct, every = review_rows.count_direct(self._catalogue)
        return SystemSummary(
            system=self.number,
            principals=questions.count_resources(self._catalogue, ResourceFilter(only="principals")),
            grants=every,
            direct=direct,
            inherited=every - direct,
            privileged=grant_search.count_grants(self._catalogue, IndexedGrantFilter(privileged=True)),
            new=review_rows.count_new_grants(self._catalogue),
            findings=tuple(self._findings()),
            changes=tuple(questions.count_by_section(self._catalogue)),
        )

    # ------------------------------------------------------------------------------------------ filling

    def _fill(self) -> None:
        for _ in load_index(self._catalogue, self.view):
            pass
        review_rows.prepare_review(self._catalogue)
        rows = self._how()
        while step := list(itertools.islice(rows, STEP)):
            review_rows.add_holdings(self._catalogue, step)
        self._owners = dict(self._owner_labels())
        review_rows.store_owner_labels(self._catalogue, list(self._owners.items()))
        if self._source.before is not None:
            add_changes(self._catalogue, self._source.before[1], self.view)

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
        found = review_rows.list_owners(self._catalogue)
        for thing, rows in itertools.groupby(found, key=lambda row: row[0]):
            named = list(rows)
            names = [name for _, level, name in named if level == named[0][1]]
            more = len(names) - OWNERS_NAMED
            yield thing, "; ".join(names[:OWNERS_NAMED]) + (f"; and {more} more" if more > 0 else "")

    # ------------------------------------------------------------------------------------------ parts

    def _row(self, row: ReviewedGrant) -> ReviewRow:
        via = tuple(self._vias[name] for name in msgspec.json.decode(row.via, type=list[str])) if row.via else ()
        change = {"added": "new"}.get(row.mark, row.mark)
        details = row.details if change == "changed" else ""
        who, what = self._principals[row.principal], self._held[row.entitlement]
        return ReviewRow(self.number, row.id, who, what, bool(row.direct), via, change, details)

    def _principal(self, num: int) -> ReviewPrincipal:
        return self._of_thing(questions.resource_by_number(self._catalogue, num))

    def _of_thing(self, thing: IndexedResource) -> ReviewPrincipal:
        of_type = self._types.get(thing.type)
        traits = of_type.traits if of_type else ()
        kind = "user" if Trait.USER in traits else "group" if Trait.GROUP in traits else ""
        return ReviewPrincipal(
            num=thing.number,
            resource_type=thing.type,
            resource=thing.id,
            type_name=self._type_name(thing.type),
            kind=kind,
            name=thing.name,
            mail=thing.mail,
            status=thing.state,
            account=thing.account or ("human" if thing.human else ""),
            signed_in=datetime.fromisoformat(thing.last_login) if thing.last_login else None,
            missing=bool(thing.missing),
        )

    def _what(self, num: int) -> HeldEntitlement:
        found, thing = questions.entitlement_by_number(self._catalogue, num)
        return HeldEntitlement(
            num=num,
            entitlement=found.id,
            name=found.name,
            slug=found.slug,
            privileged=found.privileged,
            resource_type=found.type,
            resource=found.resource,
            resource_name=found.resource_name,
            type_name=self._type_name(found.type),
            owner=self._owners.get(thing, ""),
            missing=bool(found.missing),
        )

    def _via(self, entitlement: str) -> SourceEntitlement:
        found = questions.entitlement_by_id(self._catalogue, entitlement)
        return (
            SourceEntitlement(entitlement, found.name, found.resource_name)
            if found
            else SourceEntitlement(entitlement, entitlement, "")
        )

    def _type_name(self, type_id: str) -> str:
        found = self._types.get(type_id)
        return (found.display_name if found else "") or type_id

    # ------------------------------------------------------------------------------------------ the facts

    def _facts(self) -> SystemFacts:
        source, said, catalogue = self._source, read_origin(self._source.sync), self._catalogue
        stats = sync_counts(self.view)
        direct, every = review_rows.count_direct(catalogue)
        passed_on = next(self.view.expandable_grants(), None) is not None
        expanded = source.sync.expanded or direct < every or not passed_on
        given = review_rows.known_user_facts(catalogue, self._users) | {"owner": bool(self._owners)}
        lost = (
            questions.count_resources(catalogue, ResourceFilter(missing=True, only="principals")),
            questions.count_entitlements(catalogue, EntitlementFilter(missing=True)),
        )
        compared = None
        if source.before is not None:
            path, view = source.before
            compared = ComparedSync(view.sync.id, parse_sync_time(view.sync.ended_at), str(path))
        return SystemFacts(
            system=self.label,
            file=str(source.path),
            sha256=source.printed.sha256,
            size=source.printed.size,
            sync_id=source.sync.id,
            sync_type=source.sync.type,
            started=parse_sync_time(source.sync.started_at),
            ended=parse_sync_time(source.sync.ended_at),
            connector=said.connector,
            connector_version=said.connector_version,
            host_version=said.version,
            account=said.account,
            user=said.user,
            resource_types=stats.resource_types,
            resources=stats.resources,
            entitlements=stats.entitlements,
            grants=every,
            compared=compared,
            gaps=tuple(gaps(source.sync, said, expanded=expanded, lost=lost)),
            missing=missing_columns(given, compared=compared is not None, expanded=expanded),
        )

    # ------------------------------------------------------------------------------------------ the findings

    def _findings(self) -> Iterator[ReviewFinding]:
        yield self._privileged()
        for key, title, column, where in (
            (
                "disabled",
                "Disabled accounts that hold something",
                OptionalColumn.STATUS,
                ResourceFilter(state="disabled"),
            ),
            ("deleted", "Deleted accounts that hold something", OptionalColumn.STATUS, ResourceFilter(state="deleted")),
            ("guests", "Guests that hold something", OptionalColumn.ACCOUNT, ResourceFilter(account="guest")),
            (
                "service",
                "Service accounts that hold something",
                OptionalColumn.ACCOUNT,
                ResourceFilter(account="service"),
            ),
            ("system", "System accounts that hold something", OptionalColumn.ACCOUNT, ResourceFilter(account="system")),
        ):
            wanted = msgspec.structs.replace(where, only="principals")
            count = questions.count_resources(self._catalogue, wanted)
            found = questions.list_resources(
                self._catalogue, wanted, PageRequest("held", descending=True, limit=LISTED)
            )
            why = "" if count else self.facts.missing.get(column, "")
            yield ReviewFinding(self.number, key, title, count, who=self._listed(found), not_given=why)
        yield from self._silent()
        yield self._lost()

    def _privileged(self) -> ReviewFinding:
        found = grant_search.most_privileged_principals(self._catalogue, PageRequest(limit=LISTED))
        count = grant_search.count_privileged_principals(self._catalogue)
        who = tuple((self._of_thing(thing), number) for thing, number in found)
        note = "What their entitlements are called says so; the number is of such grants."
        return ReviewFinding(self.number, "privileged", "Principals that hold something privileged", count, note, who)

    def _silent(self) -> Iterator[ReviewFinding]:
        missing = self.facts.missing.get(OptionalColumn.SIGNED_IN, "")
        ended = self.facts.ended or datetime.now(UTC)
        since = (ended - LONG).astimezone(UTC).isoformat()
        for key, title, before in (
            ("never", "Users that hold something and have never signed in", None),
            ("long", f"Users that hold something and have not signed in for {LONG.days} days", since),
        ):
            if missing:
                yield ReviewFinding(self.number, key, title, not_given=missing)
                continue
            count, found = review_rows.list_silent_users(self._catalogue, self._users, before, LISTED)
            yield ReviewFinding(self.number, key, title, count, who=self._listed(found))

    def _lost(self) -> ReviewFinding:
        where = ResourceFilter(missing=True, only="principals")
        found = questions.list_resources(self._catalogue, where, PageRequest("held", descending=True, limit=LISTED))
        count = questions.count_resources(self._catalogue, where)
        title = "Principals that grants name and the sync does not hold"
        return ReviewFinding(self.number, "lost", title, count, who=self._listed(found))

    def _listed(self, things: list[IndexedResource]) -> tuple[tuple[ReviewPrincipal, int], ...]:
        return tuple((self._of_thing(thing), thing.held) for thing in things)
