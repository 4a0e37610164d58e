"""The words 1Password has for what may be done in a vault.

Business accounts name each right; Teams and Families have three broad ones. `op` prints them in lower snake case; an
entitlement's slug is the same words with spaces. A name this list does not have is passed on, not lost.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BUSINESS",
    "DERIVED",
    "MEMBER",
    "broad_permission",
    "closest",
    "dependants",
    "expected",
    "is_known",
    "least",
    "name_of",
    "slug",
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

# Shown by 1Password where six others are held together; it cannot be granted by itself.
DERIVED = ("move_items",)

KNOWN = frozenset({MEMBER, *BUSINESS, *BROAD, *DERIVED})

# What each permission directly stands on; what those stand on comes with them. 1Password's two pages disagree about
# allow_managing: here it needs the other two, so that neither granting nor revoking is ever refused for their sake.
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
    """The permissions every vault of an account of this type has entitlements for."""
    return BUSINESS if account_type == "BUSINESS" else BROAD


def broad_permission(account_type: str) -> str:
    """The name of the right to manage a vault, as `op vault list --permission` takes it."""
    return "manage_vault" if account_type == "BUSINESS" else "allow_managing"


def slug(permission: str) -> str:
    """`view_items` -> `view items`; empty for a name that holds no letter."""
    return permission.replace("_", " ").strip()


def is_known(permission: str) -> bool:
    """Whether this version has heard of the name."""
    return permission in KNOWN


def closest(permission: str) -> str:
    """The known name that an unknown one was probably meant to be, or empty."""
    found = difflib.get_close_matches(permission, sorted(KNOWN), n=1, cutoff=0.85)
    return found[0] if found else ""


def name_of(slug: str) -> str:
    """`view items` -> `view_items`: the permission an entitlement's slug stands for."""
    return slug.replace(" ", "_")


def least(account_type: str) -> str:
    """The permission that gives access to a vault and no more than looking: what being a `member` comes to."""
    return "view_items" if account_type == "BUSINESS" else "allow_viewing"


def with_needed(permission: str) -> tuple[str, ...]:
    """The permission and all that must be granted with it, what stands below first."""
    below = [name for needed in NEEDS.get(permission, ()) for name in with_needed(needed)]
    return (*dict.fromkeys(below), permission)


def dependants(permission: str, held: Iterable[str]) -> tuple[str, ...]:
    """The permission and those of `held` that cannot stay without it."""
    return (permission, *(name for name in held if name != permission and permission in with_needed(name)))
