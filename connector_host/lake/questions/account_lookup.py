"""Lookup of a person in a lake by what people type: an address, a login, an id or a name, in every source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from ...errors import ConfigError, NotFoundInFile
from ...index.text_search import fold_text
from ...query.lookup.principal_names import did_you_mean, similar_texts
from ..engines.engine_choice import LakeEngine
from ..engines.lake_views import literal

__all__ = ["LakeAccount", "accounts_condition", "find_accounts"]

COLUMNS = "person, source, account_type, account, name, email, status, matched_by"
MOST_COMPARED = 20_000  # accounts whose names are compared with a misspelt one
PAST = """
    select coalesce(nullif(lower(r.email), ''), r.source || ':' || r.resource_type || ':' || r.resource) as person,
        r.source, r.resource_type as account_type, r.resource as account, r.name, r.email, r.status,
        'past' as matched_by, r.login, r.aliases
    from history.resources as r where r.is_account
"""


class LakeAccount(Struct, frozen=True):
    """An account of a person in one source. `matched_by`: `address`, `alias`, `mapping`, `none`, or `past`: gone."""

    person: str
    source: str
    type: str
    id: str
    name: str
    email: str
    status: str
    matched_by: str

    @property
    def label(self) -> str:
        """Name, address and place."""
        parts = dict.fromkeys(part for part in (self.name, self.email, f"{self.source}:{self.type}:{self.id}") if part)
        return ", ".join(parts)


def find_accounts(engine: LakeEngine, text: str, *, past: bool = False) -> list[LakeAccount]:
    """Return every account of the one person that a text names; `past`: also accounts that only older syncs hold.

    Raises ConfigError for the name of several people, NotFoundInFile with similar names for one of nobody.
    """
    accounts = _exact(engine, "accounts", text)
    if not accounts and not past:
        accounts = _folded(engine, text)
    if past:
        accounts = _with_past(engine, text, accounts) or _folded(engine, text)
    people = dict.fromkeys(account.person for account in accounts)
    if len(people) > 1:
        labels = sorted({account.label for account in accounts})
        raise ConfigError(f"{len(people)} people match {text!r}.", hint=did_you_mean(labels))
    if not people:
        raise NotFoundInFile(f"No account in the lake matches {text!r}.", hint=_suggestions(engine, text))
    current = _select(engine, "accounts", f"person = {literal(next(iter(people)))}")
    known = {(account.source, account.type, account.id) for account in current}
    return current + [account for account in accounts if (account.source, account.type, account.id) not in known]


def accounts_condition(accounts: Iterable[LakeAccount], names: Sequence[str]) -> str:
    """Return the SQL condition that the columns `names` (source, type, id) are those of one of the accounts.

    The ids stand alone as well: an engine then skips the row groups in which none of them occurs.
    """
    accounts = list(accounts)
    source, account_type, account_id = names
    ids = ", ".join(sorted({literal(account.id) for account in accounts}))
    exact = " or ".join(
        f"({source} = {literal(item.source)} and {account_type} = {literal(item.type)}"
        f" and {account_id} = {literal(item.id)})"
        for item in accounts
    )
    return f"{account_id} in ({ids}) and ({exact})"


def _exact(engine: LakeEngine, table: str, text: str) -> list[LakeAccount]:
    typed = literal(text.strip().lower())
    same = [f"lower({name}) = {typed}" for name in ("email", "login", "person", "account")]
    whole = [f"account_type || ':' || account = {literal(text)}"]
    whole.append(f"source || ':' || account_type || ':' || account = {literal(text)}")
    by_id = _select(engine, table, " or ".join([*same, *whole, f"array_contains(aliases, {literal(text)})"]))
    return by_id or _select(engine, table, f"lower(name) = {typed}")


def _with_past(engine: LakeEngine, text: str, accounts: list[LakeAccount]) -> list[LakeAccount]:
    """Add the accounts of older syncs that the text or an address of the person names."""
    past = _exact(engine, f"({PAST})", text)
    emails = {account.email.lower() for account in accounts if account.email}
    if emails:
        past += _select(engine, f"({PAST})", f"lower(email) in ({', '.join(map(literal, sorted(emails)))})")
    known = {(account.source, account.type, account.id): account for account in accounts}
    person = accounts[0].person if accounts else None
    for account in past:
        key = account.source, account.type, account.id
        known.setdefault(key, account if person is None else _of_person(account, person))
    return list(known.values())


def _of_person(account: LakeAccount, person: str) -> LakeAccount:
    names = LakeAccount.__struct_fields__[1:]
    return LakeAccount(person, *(getattr(account, name) for name in names))


def _folded(engine: LakeEngine, text: str) -> list[LakeAccount]:
    """Compare names without case, accents and the order of words."""
    words = sorted(fold_text(text.replace(",", " ")).split())
    accounts = _select(engine, "accounts", "name <> ''", MOST_COMPARED)
    return [account for account in accounts if sorted(fold_text(account.name).split()) == words]


def _suggestions(engine: LakeEngine, text: str) -> str:
    labels: dict[str, None] = {}
    for account in _select(engine, "accounts", "true", MOST_COMPARED):
        labels.update(dict.fromkeys(part for part in (account.name, account.email, account.id) if part))
    return did_you_mean(similar_texts(text, labels)) or "`connector-host lake people` lists everybody."


def _select(engine: LakeEngine, table: str, condition: str, limit: int = 0) -> list[LakeAccount]:
    bound = f" limit {limit}" if limit else ""
    rows: list[tuple[Any, ...]] = engine.query(
        f"select distinct {COLUMNS} from {table} as a where {condition} order by {COLUMNS}{bound}"
    ).rows
    return [LakeAccount(*(value or "" for value in row)) for row in rows]
