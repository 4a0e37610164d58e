"""Lookup of a principal or resource by what people type: an id, an e-mail address or login, or a name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

from msgspec import Struct

from ...c1z.types import GrantFilter, ResourceRow, View
from ...errors import ConfigError, NotFoundInFile
from ...index.text_search import fold_text, matches_words, search_words
from ...model import Resource, ResourceId, UserTrait
from ...wire import decode

__all__ = [
    "MOST_SHOWN",
    "NamedResource",
    "addresses",
    "did_you_mean",
    "find_exactly",
    "find_principal",
    "find_resource",
    "parse_whole_id",
    "similar_texts",
]

MOST_SHOWN = 10
MOST_COMPARED = 5_000  # resources whose names are compared with a misspelt one


class NamedResource(Struct, frozen=True):
    """Resource that was found by a name or id. `resource` is None where only grants name it."""

    id: ResourceId
    resource: Resource | None

    @property
    def label(self) -> str:
        """Name, e-mail address and whole id."""
        parts = [self.resource.display_name if self.resource else "", *addresses(self.resource)[:1], str(self.id)]
        return ", ".join(dict.fromkeys(part for part in parts if part))


def find_principal(view: View, text: str) -> NamedResource:
    """Return the principal of an id (`type:id` or `id`), e-mail address, login or name, in this order.

    Letter case, accents, width and the order of the words of a name make no difference. Of several candidates, those
    that hold grants are preferred. Raises ConfigError when more than one is left, NotFoundInFile when there is none;
    both name candidates.
    """
    return _find(view, text, lambda candidate: _holds_grants(view, candidate.id))


def find_resource(view: View, text: str, resource_type: str | None = None) -> NamedResource:
    """Return the resource of an id or name, like `find_principal`; of one type, if specified.

    Of several candidates, those that entitlements are on are preferred.
    """
    return _find(view, text, lambda candidate: _has_entitlements(view, candidate.id), resource_type)


def find_exactly(view: View, text: str) -> NamedResource:
    """Return the resource of an id, address or name for a change, which must not guess.

    None of several candidates is preferred, and accents count.
    """
    return _find(view, text, lambda _candidate: False, exact=True)


def addresses(resource: Resource | None) -> list[str]:
    """Return the e-mail addresses of a user, the primary one first, and then the logins."""
    if resource is None:
        return []
    users = [trait for trait in resource.traits if isinstance(trait, UserTrait)]
    mails = sorted((mail for user in users for mail in user.emails), key=lambda mail: not mail.is_primary)
    logins = [login for user in users for login in (user.login, *user.login_aliases)]
    return [text for text in (*(mail.address for mail in mails), *logins) if text]


def parse_whole_id(text: str, exists: Callable[[ResourceId], bool]) -> ResourceId | None:
    """Return the first reading of `type:id` that exists; both parts may contain colons."""
    cut = text.find(":")
    while cut > 0:
        reading = ResourceId(text[:cut], text[cut + 1 :])
        if exists(reading):
            return reading
        cut = text.find(":", cut + 1)
    return None


def did_you_mean(labels: Iterable[str]) -> str:
    """Return the hint that offers labels, the first `MOST_SHOWN` of them; an empty text for none."""
    shown = list(labels)
    more = f"; and {len(shown) - MOST_SHOWN} more" if len(shown) > MOST_SHOWN else ""
    return f"Did you mean {'; '.join(shown[:MOST_SHOWN])}{more}?" if shown else ""


def similar_texts(text: str, texts: Iterable[str]) -> list[str]:
    """Return the texts that were probably meant: first those that contain the typed text, then similar spellings."""
    folded = {candidate: fold_text(candidate) for candidate in dict.fromkeys(texts) if candidate}
    typed = fold_text(text)
    related = [label for label, form in folded.items() if form and (matches_words(form, (typed,)) or form in typed)]
    close = difflib.get_close_matches(typed, folded.values(), MOST_SHOWN, cutoff=0.7)
    return list(dict.fromkeys((*related, *(label for form in close for label in folded if folded[label] == form))))


# ----------------------------------------------------------------------------------------------- inside


class _Search:
    """One pass over the resources, which collects those that match at each level of exactness."""

    def __init__(self, text: str) -> None:
        self.exact = text.casefold()
        self.folded = fold_text(text)
        self.words = search_words(text.replace(",", " "))  # "Lovelace, Ada"
        self.by_address: list[NamedResource] = []
        self.by_name: list[NamedResource] = []
        self.by_folded_name: list[NamedResource] = []
        self.by_words: list[NamedResource] = []
        self._partial: list[tuple[tuple[int, str, str], NamedResource]] = []

    def add(self, row: ResourceRow) -> None:
        """Look at one resource. The bytes of its message contain its name and addresses: a quick first test."""
        if not matches_words(fold_text(row.data.decode("utf-8", "ignore")), self.words):
            return
        resource = decode.resource(row.data)
        candidate = NamedResource(resource.id, resource)
        name = fold_text(resource.display_name)
        mails = [fold_text(address) for address in addresses(resource)]
        if self.exact in (address.casefold() for address in addresses(resource)):
            self.by_address.append(candidate)
        elif resource.display_name.casefold() == self.exact:
            self.by_name.append(candidate)
        elif name == self.folded or self.folded in mails:
            self.by_folded_name.append(candidate)
        elif _sorted_words(name) == _sorted_words(self.folded):
            self.by_words.append(candidate)
        elif matches_words(" ".join((name, *mails, fold_text(str(resource.id)))), self.words):
            self._partial.append((self._rank(name, mails), candidate))
            if len(self._partial) > 20 * MOST_SHOWN:
                self._partial = self.ranked()

    def matches(self, *, exact: bool) -> list[NamedResource]:
        """Return the candidates of the most exact level that has any."""
        if exact:
            return self.by_address or self.by_name
        return self.by_address or self.by_name or self.by_folded_name or self.by_words

    def ranked(self) -> list[tuple[tuple[int, str, str], NamedResource]]:
        """Return the best partial matches, the most probable first."""
        return sorted(self._partial, key=lambda item: item[0])[: 2 * MOST_SHOWN]

    def suggestions(self) -> list[NamedResource]:
        """Return what was probably meant."""
        near = [*self.by_folded_name, *self.by_words, *(candidate for _rank, candidate in self.ranked())]
        return near[:MOST_SHOWN]

    def _rank(self, name: str, mails: list[str]) -> tuple[int, str, str]:
        """Put `u3@example.com` before `u30@example.com` for "u3", and beginnings of words before middles."""
        if any(mail.partition("@")[0] == self.folded for mail in mails):
            level = 0
        elif all(any(word.startswith(typed) for word in (*name.split(), *mails)) for typed in self.words):
            level = 1
        else:
            level = 2
        return level, name, "".join(mails[:1])


def _sorted_words(folded: str) -> list[str]:
    return sorted(folded.replace(",", " ").split())


def _find(
    view: View,
    text: str,
    preferred: Callable[[NamedResource], bool],
    resource_type: str | None = None,
    *,
    exact: bool = False,
) -> NamedResource:
    typed = text.strip()
    if not typed:
        raise ConfigError("The name is empty.", hint="Specify an id, an e-mail address or a name.")
    by_id = _by_id(view, typed, resource_type)
    if by_id:
        return _choose(typed, by_id, preferred)
    search = _Search(typed)
    for row in view.resources(resource_type):
        search.add(row)
    matches = search.matches(exact=exact)
    if matches:
        return _choose(typed, matches, preferred)
    labels = [candidate.label for candidate in search.suggestions()] or _similar_names(view, typed, resource_type)
    noun = "principal or resource" if resource_type is None else f"resource of type {resource_type!r}"
    command = "connector-host resources" if resource_type is None else f"connector-host resources -t {resource_type}"
    hint = did_you_mean(labels) or f"`{command}` lists those of the file."
    raise NotFoundInFile(f"No {noun} matches {typed!r}.", hint=hint)


def _similar_names(view: View, text: str, resource_type: str | None) -> list[str]:
    """Return the labels of resources whose names are spelt almost like a text, of small files only."""
    labels: dict[str, str] = {}
    for number, row in enumerate(view.resources(resource_type)):
        if number >= MOST_COMPARED:
            return []
        resource = decode.resource(row.data)
        for name in (resource.display_name, *addresses(resource)):
            labels.setdefault(name, NamedResource(resource.id, resource).label)
    return list(dict.fromkeys(labels[name] for name in similar_texts(text, labels)))


def _by_id(view: View, text: str, resource_type: str | None) -> list[NamedResource]:
    if resource_type is not None:
        return _in_type(view, text, resource_type)
    whole_id = parse_whole_id(text, lambda reading: view.resource(reading) is not None)
    if whole_id is not None:
        return [_load(view, whole_id)]
    bare = [ResourceId(row.id, text) for row in view.resource_types()]
    existing = [_load(view, candidate) for candidate in bare if view.resource(candidate) is not None]
    if existing:
        return existing
    named_by_grants = parse_whole_id(text, lambda reading: _holds_grants(view, reading))
    return [NamedResource(named_by_grants, None)] if named_by_grants is not None else []


def _in_type(view: View, text: str, resource_type: str) -> list[NamedResource]:
    """Return the resource of a type by its id, or by its whole id."""
    for key in (text, text.removeprefix(f"{resource_type}:")):
        candidate = ResourceId(resource_type, key)
        if view.resource(candidate) is not None:
            return [_load(view, candidate)]
        if _has_grants_on(view, candidate) or _has_entitlements(view, candidate):
            return [NamedResource(candidate, None)]
    return []


def _load(view: View, resource_id: ResourceId) -> NamedResource:
    data = view.resource(resource_id)
    return NamedResource(resource_id, None if data is None else decode.resource(data))


def _choose(text: str, candidates: list[NamedResource], preferred: Callable[[NamedResource], bool]) -> NamedResource:
    if len(candidates) > 1:
        candidates = [candidate for candidate in candidates if preferred(candidate)] or candidates
    if len(candidates) > 1:
        labels = "; ".join(candidate.label for candidate in candidates[:MOST_SHOWN])
        more = f"; and {len(candidates) - MOST_SHOWN} more" if len(candidates) > MOST_SHOWN else ""
        raise ConfigError(
            f"{text!r} can mean any of {len(candidates)}.", hint=f"Specify one of them by its id: {labels}{more}."
        )
    return candidates[0]


def _holds_grants(view: View, principal: ResourceId) -> bool:
    return next(view.grant_keys(GrantFilter(principal=principal)), None) is not None


def _has_grants_on(view: View, resource: ResourceId) -> bool:
    where = GrantFilter(resource_type=resource.resource_type, resource=resource.resource)
    return next(view.grant_keys(where), None) is not None


def _has_entitlements(view: View, resource: ResourceId) -> bool:
    return next(view.entitlements(resource.resource_type, resource.resource), None) is not None
