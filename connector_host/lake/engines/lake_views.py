"""The views over a lake, in the dialect of DuckDB; other engines translate them.

A *scope* is a set of syncs with a name: `current` (the newest sync of each source) and `history` (every sync), or
`before` and `after` for a comparison. Each scope has the five tables. `accounts`, `people`, `people_conflicts` and
`access` describe one scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from ..access_decisions import DecisionFiles
from ..sync_commits import DataFile, SyncCommit

__all__ = [
    "LakeScope",
    "PersonMapping",
    "QueryResult",
    "decided_by_then",
    "derived_views",
    "literal",
    "values_table",
]


class LakeScope(Struct, frozen=True):
    """A named set of syncs; its tables are `NAME.syncs`, `NAME.grants` and so on."""

    name: str
    commits: tuple[SyncCommit, ...]

    def files(self, table: str) -> dict[str, DataFile]:
        """Return a table's files by key, each once."""
        return {file.key: file for commit in self.commits for file in commit.files if file.table == table}

    def shared_rows(self) -> list[tuple[str, str, str]]:
        """Return the name of each shared file with source and id of each sync of the scope that it holds."""
        return [
            (file.key.rpartition("/")[2], commit.source, commit.sync_id)
            for commit in self.commits
            for file in commit.files
            if file.shared
        ]


class PersonMapping(Struct, frozen=True):
    """A line of a mapping file: an account or address, in one source or (empty) in any, belongs to a person."""

    source: str
    account: str
    person: str


class QueryResult(Struct, frozen=True):
    """The names of the columns of a result and its rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def literal(value: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def values_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a select of constant texts; without rows, a select without rows."""
    tuples = [f"({', '.join(map(literal, row))})" for row in rows]
    if not tuples:
        empty = ", ".join(f"cast(null as varchar) as {column}" for column in columns)
        return f"select {empty} where false"
    return f"select * from (values {', '.join(tuples)}) as constant_row({', '.join(columns)})"


def decided_by_then(decisions: DecisionFiles) -> str:
    """Return the condition that a decision was carried out, or made, by the moment that is asked about."""
    if decisions.moment is None:
        return "true"
    return f"coalesce(made_at, decided_at) <= cast({literal(decisions.moment.isoformat())} as timestamp with time zone)"


def derived_views(
    scope: str, mappings: Sequence[PersonMapping] = (), marks: Iterable[tuple[str, str, str]] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield name and select of each view over a scope, in the order in which they build on each other.

    `marks` are (source, entitlement, mark) of privileged entitlements; None takes the words found when they were added.
    """
    lines = [(mapping.source, mapping.account, mapping.person) for mapping in mappings]
    yield "person_mapping", values_table(("source", "account", "person"), lines)
    if marks is None:
        words = "select source, entitlement, privileged_word as mark"
        yield "privileged_entitlements", f"{words} from {scope}.entitlements where privileged_word <> ''"
    else:
        yield "privileged_entitlements", values_table(("source", "entitlement", "mark"), marks)
    for name, select in VIEWS.items():
        yield name, select.replace("$scope", scope)


PERSONAL = "account_kind not in ('service', 'system')"
ACCOUNT_KEY = "r.source || ':' || r.resource_type || ':' || r.resource"
VIEWS = {
    # addresses beyond the first: (source, owner, address)
    "address_claims": f"""
        select distinct r.source, lower(r.email) as owner, lower(t.alias) as address
        from $scope.resources as r cross join unnest(r.aliases) as t(alias)
        where r.is_account and r.email <> '' and r.{PERSONAL} and lower(t.alias) <> lower(r.email)
    """,
    "ambiguous_addresses": f"""
        select address, 'several people have this address' as reason from address_claims
        group by address having count(distinct owner) > 1
        union
        select c.address, 'another account of the same source has this address' as reason from address_claims as c
        join (select distinct source, lower(email) as address from $scope.resources
              where is_account and email <> '' and {PERSONAL}) as p
        on p.source = c.source and p.address = c.address and p.address <> c.owner
        union
        select c.address, 'its owner has an address of somebody else' as reason from address_claims as c
        join address_claims as d on d.address = c.owner and d.owner <> c.owner
    """,
    "address_owners": """
        select c.address, min(c.owner) as owner from address_claims as c
        left join ambiguous_addresses as a on a.address = c.address
        where a.address is null group by c.address
    """,
    "mapped_accounts": """
        select source, resource_type, resource, min(person) as person, count(distinct person) as candidates from (
            select r.source, r.resource_type, r.resource, m.person from $scope.resources as r
            join person_mapping as m on lower(m.account) = lower(r.email)
            where r.is_account and r.email <> '' and (m.source = '' or m.source = r.source)
            union
            select r.source, r.resource_type, r.resource, m.person from $scope.resources as r
            join person_mapping as m on m.account = r.resource and m.source = r.source where r.is_account
            union
            select r.source, r.resource_type, r.resource, m.person from $scope.resources as r
            join person_mapping as m on m.account = r.resource_type || ':' || r.resource and m.source = r.source
            where r.is_account
        ) as mapped group by source, resource_type, resource
    """,
    "accounts": f"""
        select
            case when m.candidates = 1 then m.person
                 when r.email = '' or not r.{PERSONAL} then {ACCOUNT_KEY}
                 else coalesce(o.owner, lower(r.email)) end as person,
            case when m.candidates = 1 then 'mapping'
                 when r.email = '' or not r.{PERSONAL} then 'none'
                 when o.owner is not null then 'alias' else 'address' end as matched_by,
            r.source, r.resource_type as account_type, r.resource as account, r.name, r.email, r.aliases, r.login,
            r.account_kind, r.status, r.last_sign_in, r.created_at, r.owners, r.profile, r.sync_id
        from $scope.resources as r
        left join mapped_accounts as m
        on m.source = r.source and m.resource_type = r.resource_type and m.resource = r.resource
        left join address_owners as o on o.address = lower(r.email) and r.email <> ''
        where r.is_account
    """,
    "people_conflicts": """
        select a.source, a.account_type, a.account, a.name, a.email, x.reason from accounts as a
        join ambiguous_addresses as x on x.address = lower(a.email) where a.email <> '' and a.matched_by <> 'mapping'
        union
        select a.source, a.account_type, a.account, a.name, c.address as email, x.reason from accounts as a
        join address_claims as c on c.source = a.source and c.owner = lower(a.email)
        join ambiguous_addresses as x on x.address = c.address where a.matched_by <> 'mapping'
        union
        select a.source, a.account_type, a.account, a.name, a.email,
            'the mapping file names several people for it' as reason
        from accounts as a join mapped_accounts as m
        on m.source = a.source and m.resource_type = a.account_type and m.resource = a.account where m.candidates > 1
    """,
    "people": """
        select person, max(name) as name, count(*) as accounts, count(distinct source) as source_count,
            array_agg(distinct source) as sources, max(last_sign_in) as last_sign_in,
            max(case when status = 'enabled' or status = '' then 1 else 0 end) = 1 as active
        from accounts where matched_by <> 'none' group by person
    """,
    "access": """
        select
            coalesce(a.person, g.source || ':' || g.principal_type || ':' || g.principal) as person,
            a.name as person_name,
            g.source, g.principal_type as account_type, g.principal as account, a.email, a.status, a.account_kind,
            a.last_sign_in, g.resource_type, g.resource, coalesce(r.name, g.resource) as resource_name,
            t.name as type_name, g.entitlement, coalesce(e.name, g.entitlement) as entitlement_name,
            case when e.slug <> '' then e.slug else coalesce(e.name, g.entitlement) end as permission,
            coalesce(p.mark, '') as privileged, g.direct, g.inherited, g.through
        from $scope.grants as g
        left join $scope.resources as h
        on h.source = g.source and h.resource_type = g.principal_type and h.resource = g.principal
        left join accounts as a
        on a.source = g.source and a.account_type = g.principal_type and a.account = g.principal
        left join $scope.resources as r
        on r.source = g.source and r.resource_type = g.resource_type and r.resource = g.resource
        left join $scope.resource_types as t on t.source = g.source and t.resource_type = g.resource_type
        left join $scope.entitlements as e on e.source = g.source and e.entitlement = g.entitlement
        left join privileged_entitlements as p on p.source = g.source and p.entitlement = g.entitlement
        where coalesce(h.is_account, true)
    """,
}
