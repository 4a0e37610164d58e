"""The sentences for the counters of a run: every change to the stored rows is reported."""

from __future__ import annotations

from collections.abc import Mapping

from .scope import Scope

__all__ = ["warnings"]

EVERYTHING = Scope()

SENTENCES = {
    "dropped resources": "{n} resource(s) of the type {what!r} were left out, because that type was never listed.",
    "dropped entitlements": (
        "{n} entitlement(s) on resources of the type {what!r} were left out, because that type was never listed."
    ),
    "dropped grants on": (
        "{n} grant(s) on resources of the type {what!r} were left out, because that type was never listed."
    ),
    "dropped grants to": (
        "{n} grant(s) to principals of the type {what!r} were left out, because that type was never listed."
    ),
    "dropped expansions": "{n} grant(s) lost their expansion, because it was only for types that were never listed.",
    "dropped expansion types": "{n} type(s) in the filters of expansions were never listed and left out.",
    "dropped expansion edges": "{n} expansion(s) were left out, because their entitlement was never listed.",
    "unlisted child types": "{n} resource(s) announce children of the type {what!r}, which was never listed.",
    "long names": "{n} name(s) of {what} are longer than 1024 bytes; the Go tools refuse such names in requests.",
    "missing resources": "{what} was asked for and does not exist; it is not in the file.",
    "not found": "{n} listing(s) of {what} were skipped, because their subject was not found.",
    "merged resource_types": "{n} resource type(s) were listed more than once.",
    "merged resources": "{n} resource(s) were listed more than once; the last message counts.",
    "merged entitlements": "{n} entitlement(s) were listed more than once; the last message counts.",
    "merged grants": "{n} grant(s) were listed more than once; the last message counts.",
}


LISTED, CHOSEN = "that type was never listed", "that type is not among --sync-resource-types"


def warnings(counters: Mapping[str, int], scope: Scope = EVERYTHING) -> list[str]:
    """Return one sentence for each counter that a person should know of, in the order of the table above.

    What the `scope` of the sync leaves out is said to be left out by it.
    """
    sentences = []
    for counter, sentence in SENTENCES.items():
        for name, number in sorted(counters.items()):
            if name == counter or name.startswith(f"{counter}:"):
                detail = name.partition(":")[2]
                text = sentence.format(n=number, what=detail)
                sentences.append(text if detail in scope else text.replace(LISTED, CHOSEN))
    return sentences
