"""The sentences for the counters of a run: every change to the stored rows is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..scope import Scope

__all__ = ["warnings"]

EVERYTHING = Scope()
MOST_EXAMPLES = 3
NOT_LISTED = "that type was never listed"
NOT_CHOSEN = "that type is not among --sync-resource-types"

SENTENCES = {
    "malformed items": "{n} item(s) of {detail} were skipped, because they are malformed.",
    "grants on unlisted entitlements": (
        "{n} grant(s) are on entitlements that were never listed: {examples}. They are stored, but no question about"
        " these entitlements finds them; list the entitlements, or correct the slugs of the grants."
    ),
    "grants to unlisted principals": (
        "{n} grant(s) are to principals that were never listed: {examples}. They are stored."
    ),
    "resources under unlisted parents": (
        "{n} resource(s) name a parent that was never listed: {examples}. They are stored with it; list the parents, or"
        " correct the ids."
    ),
    "entitlements on unlisted resources": (
        "{n} entitlement(s) are on resources that were never listed: {examples}. They are stored; list the resources,"
        " or correct the ids."
    ),
    "unlisted grantable types": (
        "{n} entitlement(s) are grantable to the type {detail!r}, which was never listed; correct its id in"
        " grantable_to."
    ),
    "dropped resources": "{n} resource(s) of the type {detail!r} were dropped, because {reason}.",
    "dropped entitlements": "{n} entitlement(s) on resources of the type {detail!r} were dropped, because {reason}.",
    "dropped grants on": "{n} grant(s) on resources of the type {detail!r} were dropped, because {reason}.",
    "dropped grants to": "{n} grant(s) to principals of the type {detail!r} were dropped, because {reason}.",
    "dropped expansions": "{n} grant(s) lost their expansion, because it was only for types that were never listed.",
    "dropped expansion types": "{n} type(s) in the filters of expansions were never listed and dropped.",
    "dropped expansion edges": (
        "{n} expansion(s) were dropped, because their entitlement was never listed; `connector-host validate` names it."
    ),
    "unlisted child types": "{n} resource(s) announce children of the type {detail!r}, which was never listed.",
    "long names": "{n} name(s) of {detail} are longer than 1024 bytes; the Go tools refuse such names in requests.",
    "missing resources": "{detail} does not exist in the application; it is not in the file.",
    "not found": "{n} listing(s) of {detail} were skipped, because their subject was not found.",
    "merged resource_types": "{n} resource type(s) were listed more than once.",
    "merged resources": "{n} resource(s) were listed more than once; the last message counts.",
    "merged entitlements": "{n} entitlement(s) were listed more than once; the last message counts.",
    "merged grants": "{n} grant(s) were listed more than once; the last message counts.",
}
"""A sentence for each counter; `detail` is the part of its name after the colon."""


def warnings(
    counters: Mapping[str, int], scope: Scope = EVERYTHING, examples: Mapping[str, Sequence[str]] | None = None
) -> list[str]:
    """Return one sentence for each counter that a person should know of, in the order of the table above.

    Rows that the `scope` of the sync leaves out are reported as left out by it. `examples` has some names by counter.
    """
    sentences = []
    for counter, sentence in SENTENCES.items():
        for name, number in sorted(counters.items()):
            if name == counter or name.startswith(f"{counter}:"):
                detail = name.partition(":")[2]
                sentences.append(
                    sentence.format(
                        n=number,
                        detail=detail,
                        reason=NOT_LISTED if detail in scope else NOT_CHOSEN,
                        examples=_shown((examples or {}).get(counter, ())),
                    )
                )
    return sentences


def _shown(names: Sequence[str]) -> str:
    return "; ".join(names[:MOST_EXAMPLES]) + ("; ..." if len(names) > MOST_EXAMPLES else "")
