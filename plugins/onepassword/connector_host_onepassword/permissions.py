"""Names of the vault permissions of 1Password, and their dependencies.

Business accounts name each right; Teams and Families have three broad ones. `op` prints them in lower snake case; an
entitlement's slug is the same words with spaces. A name that this list does not have is kept, not lost.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

__all__ = [
    "BROAD_MANAGING",
    "BUSINESS",
    "DERIVED",
    "MANAGE_VAULT",
    "MEMBER",
    "broad_permission",
    "closest",
    "dependants",
    "expected",
    "is_known",
    "least",
    "name_of",
    "slug",
    "spelled",
    "with_needed",
]

MEMBER = "member"

BUSINESS = (
    "view_items",
    "create_items",
    "edit_items",
    "archive_items",
    "delete_items",
    "view_and_copy_passwords",
    "view_item_history",
    "import_items",
    "export_items",
    "copy_and_share_items",
    "print_items",
    "manage_vault",
)
BROAD = ("allow_viewing", "allow_editing", "allow_managing")
MANAGE_VAULT, BROAD_MANAGING = "manage_vault", "allow_managing"

# Shown by 1Password where six others are held together; it cannot be granted by itself.
DERIVED = ("move_items",)

KNOWN = frozenset({MEMBER, *BUSINESS, *BROAD, *DERIVED})

# The permissions that each one directly needs; the needs of those come with them. 1Password's two pages disagree about
# allow_managing: here it needs the other two, so that neither granting nor revoking is ever refused because of them.
NEEDS = {
    "create_items": ("view_items",),
    "view_and_copy_passwords": ("view_items",),
    "edit_items": ("view_and_copy_passwords",),
    "archive_items": ("edit_items",),
    "delete_items": ("edit_items",),
    "view_item_history": ("view_and_copy_passwords",),
    "import_items": ("create_items",),
    "export_items": ("view_item_history",),
    "copy_and_share_items": ("view_item_history",),
    "print_items": ("view_item_history",),
    "allow_editing": ("allow_viewing",),
    "allow_managing": ("allow_editing",),
}


def expected(account_type: str) -> tuple[str, ...]:
    """Return the permissions for which every vault of an account of this type has entitlements."""
    return BUSINESS if account_type == "BUSINESS" else BROAD


def broad_permission(account_type: str) -> str:
    """Return the name of the right to manage a vault, as `op vault list --permission` takes it."""
    return "manage_vault" if account_type == "BUSINESS" else "allow_managing"


def slug(permission: str) -> str:
    """Return the slug of a permission: `view items` for `view_items`; empty for a name without a letter."""
    return permission.replace("_", " ").strip()


def is_known(permission: str) -> bool:
    """True for a name that is in these lists."""
    return permission in KNOWN


def spelled(permission: str) -> str:
    """Return a known permission as `op` spells it, whatever its letter case and separators; another one unchanged."""
    name = re.sub(r"[\s-]+", "_", permission.strip().lower())
    return name if is_known(name) else permission


def closest(permission: str) -> str:
    """Return the known name that is most similar to an unknown one, or empty."""
    return next(iter(difflib.get_close_matches(permission, sorted(KNOWN), n=1, cutoff=0.85)), "")


def name_of(slug: str) -> str:
    """Return the permission of a slug: `view_items` for `view items`."""
    return slug.replace(" ", "_")


def least(account_type: str) -> str:
    """Return the permission that a new `member` of a vault gets: access to it, and no more than viewing."""
    return "view_items" if account_type == "BUSINESS" else "allow_viewing"


def with_needed(permission: str) -> tuple[str, ...]:
    """Return the permission and all that it needs, in the order in which they depend on each other."""
    below = [name for needed in NEEDS.get(permission, ()) for name in with_needed(needed)]
    return (*dict.fromkeys(below), permission)


def dependants(permission: str, held: Iterable[str]) -> tuple[str, ...]:
    """Return the permission and those of `held` that need it."""
    return (permission, *(name for name in held if name != permission and permission in with_needed(name)))
