"""Lookup of the decisions behind the times at which access came and went.

A grant or a revocation that was carried out belongs to a change that two syncs enclose: it was made after the sync
before the change began, and before the sync after it ended. Of several the last one counts. Nothing is guessed: access
without such a decision has none. Decisions are on direct access; inherited access follows from that of a group.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from ..engines.engine_choice import LakeEngine
from ..engines.lake_views import literal

__all__ = ["DecisionLookup", "HeldSpan", "KnownDecision", "SpanDecisions"]

SELECT = """
    select source, principal_type, principal, entitlement, decision, decided_at, decided_by, made_at, note
    from decisions
"""
GRANT, REVOKE, KEEP, DELETE = "grant", "revoke", "keep", "delete"


class HeldSpan(Struct, frozen=True, kw_only=True):
    """A span of syncs that have a grant, held in one way: the times at which they ended.

    `before` and `ended` are the syncs on both sides that have it not; `ceased` is the first that has it not as a direct
    one. `opened` and `closing` are the times at which `before` and `last` began.
    """

    first: datetime
    before: datetime | None
    opened: datetime | None
    last: datetime
    closing: datetime
    ended: datetime | None
    ceased: datetime | None
    direct: bool
    inherited: bool


class KnownDecision(Struct, frozen=True):
    """A decision: the word, when it was decided and by whom, when it was carried out (None: not known), the note."""

    decision: str
    decided_at: datetime
    decided_by: str
    made_at: datetime | None
    note: str

    @property
    def effect(self) -> datetime:
        """The time at which it was carried out, or else decided."""
        return self.made_at or self.decided_at


class SpanDecisions(Struct, frozen=True):
    """The decisions of a span: that which granted the access, that which removed it, and the last that kept it."""

    granted: KnownDecision | None = None
    removed: KnownDecision | None = None
    confirmed: KnownDecision | None = None


class DecisionLookup:
    """The decisions on some principals, by grant."""

    def __init__(self, engine: LakeEngine, principals: Iterable[str]) -> None:
        self._by_grant: dict[tuple[str, str, str, str], list[KnownDecision]] = {}
        ids = ", ".join(map(literal, sorted(set(principals))))
        rows = engine.query(f"{SELECT} where principal in ({ids})").rows if ids else []
        for source, principal_type, principal, entitlement, *values in rows:
            self._by_grant.setdefault((source, principal_type, principal, entitlement), []).append(
                KnownDecision(*values)
            )

    def of_span(self, grant: tuple[str, str, str, str], span: HeldSpan) -> SpanDecisions:
        """Return the decisions of a span of a grant: source, type and id of the principal, entitlement."""
        on_grant = self._by_grant.get(grant, []) if span.direct else []
        granted = [item for item in on_grant if item.decision == GRANT and _is_between(item, span.opened, span.first)]
        removed = [item for item in on_grant if item.decision == REVOKE and _has_removed(item, span, span.ceased)]
        on_principal = [item for item in self._by_grant.get((*grant[:3], ""), []) if item.decision == DELETE]
        removed += [item for item in on_principal if _has_removed(item, span, span.ended)]
        confirmed = [item for item in on_grant if item.decision == KEEP and _is_within(item, span, span.ceased)]
        return SpanDecisions(_last(granted), _last(removed), _last(confirmed))


def _is_between(item: KnownDecision, start: datetime | None, end: datetime) -> bool:
    return (start is None or item.effect >= start) and item.effect <= end


def _is_within(item: KnownDecision, span: HeldSpan, end: datetime | None) -> bool:
    """Return True if the access was held on the day of a decision."""
    day = item.decided_at.date()
    return span.first.date() <= day and (end is None or day <= end.date())


def _has_removed(item: KnownDecision, span: HeldSpan, end: datetime | None) -> bool:
    """Return True for a decision between the last sync with the grant and the first without it, which ended at `end`.

    Of a review without the record of the change only the day of the decision is known: the access was held then.
    """
    if end is None:
        return False
    return _is_within(item, span, end) if item.made_at is None else _is_between(item, span.closing, end)


def _last(decisions: list[KnownDecision]) -> KnownDecision | None:
    """Return the decision with the last effect; one with a record goes before one without."""
    return max(decisions, key=lambda item: (item.made_at is not None, item.effect), default=None)
