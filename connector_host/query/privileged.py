"""Which entitlements let their holders rule over others' access or data, as far as their names say so.

A c1z has no field for it. What a connector calls an entitlement is the only evidence there is, so the answer is the
word it rests on, to be shown beside it: people must be able to disagree.
"""

from __future__ import annotations

import re

from ..model import Entitlement

__all__ = ["privileged_word"]

WORDS = frozenset(("admin", "admins", "administer", "administrator", "administrators", "superadmin", "superuser"))
WORDS |= frozenset(("root", "sudo", "owner", "owners", "manage", "manager", "managers", "managing"))
WORDS |= frozenset(("impersonate", "recover"))
PHRASES = ("full control", "full access", "all permissions", "security officer")
PART = re.compile(r"[^\W_]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def privileged_word(entitlement: Entitlement) -> str:
    """The word of its slug or name that says so, else nothing."""
    for text in (entitlement.slug, entitlement.display_name):
        words = [str(word).casefold() for word in PART.findall(CAMEL.sub(" ", text))]
        for word in words:
            if word in WORDS:
                return word
        joined = " ".join(words)
        for phrase in PHRASES:
            if phrase in joined:
                return phrase
    return ""
