"""Resources that have a single owner: if this person leaves, nobody owns them."""

from __future__ import annotations

import itertools

from ...c1z.types import View
from ...errors import FileError
from ...index.grant_search import iterate_owner_grants
from ...index.sync_index import SyncIndex
from ...wire import stored_grants
from ...wire.wire_format import WireError
from ..lookup.object_cache import damaged_object
from ..resource_facts import user_types
from .holdings import is_direct

__all__ = ["count_sole_owners"]


def count_sole_owners(view: View, index: SyncIndex) -> int:
    """Return the number of resources with exactly one direct owner, who is a user; managers count without owners."""
    users, count = set(user_types(view)), 0
    for _, grants in itertools.groupby(iterate_owner_grants(index), key=lambda grant: grant[0]):
        best, owners = 0, set()
        for _, level, holder_type, holder, row in grants:
            if best and level != best:
                break
            if _is_direct(view, row):
                best = level
                owners.add((holder_type, holder))
        count += len(owners) == 1 and owners.pop()[0] in users
    return count


def _is_direct(view: View, row: int) -> bool:
    grant = view.grant_at(row)
    if grant is None:
        return False
    try:
        return is_direct(stored_grants.sources(grant.data), grant.entitlement)
    except (WireError, FileError) as error:
        raise damaged_object("grant", grant.id, error) from error
