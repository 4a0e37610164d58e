"""Lookup of entitlements by what people type: the id or name of an entitlement, or of the resource that it is on."""

from __future__ import annotations

from collections.abc import Iterator

from ...c1z.types import EntitlementRow, GrantFilter, View
from ...errors import ConfigError, NotFoundInFile
from ...index.text_search import fold_text, matches_words, search_words
from ...model import ResourceId
from ...wire import field_access
from .object_cache import read_object
from .principal_names import MOST_SHOWN, NamedResource, did_you_mean, find_resource, similar_texts

__all__ = ["find_entitlement", "find_entitlements"]

MOST_COMPARED = 5_000  # entitlements whose ids and names are compared with a misspelt one


def find_entitlements(view: View, text: str, principal: ResourceId | None) -> list[str]:
    """Return the ids of the entitlements meant: one by id or name, or all on a resource by its id or name.

    Letter case, accents and width make no difference in names. Of several entitlements with one name, those that the
    principal holds are preferred; without a principal, none is. Raises ConfigError when more than one is left,
    NotFoundInFile when nothing matches.
    """
    typed = text.strip()
    if view.entitlement(typed) is not None:
        return [typed]
    if named := _by_name(view, typed):
        return [_choose(view, typed, named, principal)]
    try:
        resource = find_resource(view, typed)
    except NotFoundInFile as error:
        hint = did_you_mean(_similar(view, typed)) or error.hint
        raise NotFoundInFile(f"No entitlement and no resource matches {typed!r}.", hint=hint) from None
    return _on(view, resource)


def find_entitlement(view: View, text: str) -> str:
    """Return the id of one entitlement by its id, which grants may name alone, or by its name.

    Raises ConfigError for a name that several entitlements have, NotFoundInFile when nothing matches.
    """
    typed = text.strip()
    for entitlement_id in (text, typed):
        if view.entitlement(entitlement_id) is not None:
            return entitlement_id
        if next(view.grant_keys(GrantFilter(entitlement=entitlement_id)), None) is not None:
            return entitlement_id
    if named := _by_name(view, typed):
        return _choose(view, typed, named, None)
    raise NotFoundInFile(
        f"No entitlement matches {typed!r}.",
        hint=did_you_mean(_similar(view, typed)) or "`connector-host entitlements` lists those of the file.",
    )


def _on(view: View, resource: NamedResource) -> list[str]:
    ids = [row.id for row in view.entitlements(resource.id.resource_type, resource.id.resource)]
    if not ids:
        raise NotFoundInFile(
            f"{resource.label} has no entitlements.",
            hint="Specify an entitlement or the resource it is on, not a principal.",
        )
    return ids


def _by_name(view: View, text: str) -> list[str]:
    """Return the entitlements of a name: compared without case, else also without accents, width and spacing."""
    exact, folded, words = text.casefold(), fold_text(text), search_words(text)
    by_exact_name, by_folded_name = [], []
    for row in view.entitlements():
        if not matches_words(fold_text(row.data.decode("utf-8", "ignore")), words):
            continue
        name = _name(row)
        if name.casefold() == exact:
            by_exact_name.append(row.id)
        elif fold_text(name) == folded:
            by_folded_name.append(row.id)
    return by_exact_name or by_folded_name


def _name(row: EntitlementRow) -> str:
    return read_object("entitlement", row.id, row.data, field_access.entitlement_name)


def _similar(view: View, text: str) -> list[str]:
    """Return the ids of entitlements that were probably meant."""
    ids: dict[str, str] = {}
    for number, row in enumerate(view.entitlements()):
        if number >= MOST_COMPARED:
            break
        for label in (row.id, _name(row)):
            ids.setdefault(label, row.id)
    return list(dict.fromkeys(ids[label] for label in similar_texts(text, ids)))


def _choose(view: View, text: str, ids: list[str], principal: ResourceId | None) -> str:
    if principal is not None:
        ids = list(_held(view, ids, principal)) or ids
    if len(ids) > 1:
        more = f"; and {len(ids) - MOST_SHOWN} more" if len(ids) > MOST_SHOWN else ""
        raise ConfigError(
            f"{text!r} can mean any of {len(ids)} entitlements.",
            hint=f"Specify one of them by its id: {'; '.join(ids[:MOST_SHOWN])}{more}.",
        )
    return ids[0]


def _held(view: View, ids: list[str], principal: ResourceId) -> Iterator[str]:
    for entitlement_id in ids:
        if next(view.grant_keys(GrantFilter(entitlement=entitlement_id, principal=principal)), None) is not None:
            yield entitlement_id
