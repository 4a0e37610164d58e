"""The words 1Password has for what may be done in a vault.

Business accounts name each right; Teams and Families have three broad ones. `op` prints them in lower snake case; an
entitlement's slug is the same words with spaces. A name this list does not have is passed on, not lost.
"""

from __future__ import annotations

import difflib

__all__ = ["BUSINESS", "MEMBER", "broad_permission", "closest", "expected", "is_known", "slug"]

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
