"""The holders of one entitlement as expansion passes them on: names by type, and the few messages that hold more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from ...c1z.v1.expansion_rows import Principal
from ...wire.stored_grants import IdOnlyMessages

__all__ = ["EntitlementHolders", "StoredGrant"]

StoredGrant = tuple[str, str, bytes | None, bool]
"""Principal type, principal, its message (None where absent), and whether it holds the entitlement directly."""


class EntitlementHolders(Struct):
    """The holders of an entitlement.

    `names` has the ids of principals by their type and whether they hold it directly; a principal with several grants
    may be in it more than once. `messages` has the messages of principals that hold more than an id.
    """

    names: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    messages: dict[Principal, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of names."""
        return sum(map(len, self.names.values()))

    def add_grants(self, grants: Iterable[StoredGrant], id_only: IdOnlyMessages) -> None:
        """Add the holders of grants, ascending by principal. Of several grants to one the first message counts."""
        names, last = self.names, ("", "")
        for principal_type, name, message, direct in grants:
            try:
                names[principal_type, direct].append(name)
            except KeyError:
                names[principal_type, direct] = [name]
            if message is not None and not id_only.holds(message, principal_type, name):
                principal = principal_type, name
                if principal != last:
                    self.messages[principal] = message
            last = principal_type, name

    def add_names(self, principal_type: str, names: Iterable[str], *, direct: bool = False) -> None:
        """Add principals of which only the id is known."""
        self.names.setdefault((principal_type, direct), []).extend(names)

    def merge(self, holders: EntitlementHolders) -> None:
        """Add other holders."""
        for key, names in holders.names.items():
            self.names.setdefault(key, []).extend(names)
        self.messages.update(holders.messages)

    def groups(self, types: frozenset[str] | None, *, shallow: bool) -> Iterator[tuple[str, bool, list[str]]]:
        """Yield the holders that flow on: of these types (None: all), with `shallow` direct ones only."""
        for (principal_type, direct), names in self.names.items():
            if (types is None or principal_type in types) and (direct or not shallow):
                yield principal_type, direct, names
