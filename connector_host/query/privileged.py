"""Recognition of privileged entitlements: those that let their holders control the access or data of others.

A c1z file has no field for it. The name that a connector gives an entitlement is the only evidence, so the result is
the word that it rests on, to be shown beside it: people must be able to disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["PrivilegeMark", "privileged_word", "word_mark"]

PrivilegeMark = Callable[[str, str, str], str]
"""From the id, slug and name of an entitlement: the word or rule that marks it as privileged, or an empty text."""

WORDS = frozenset(("admin", "admins", "administer", "administrator", "administrators", "superadmin", "superuser"))
WORDS |= frozenset(("root", "sudo", "owner", "owners", "manage", "manager", "managers", "managing"))
WORDS |= frozenset(("impersonate", "recover"))
PHRASES = ("full control", "full access", "all permissions", "security officer", "export items")
NAME_PART = re.compile(r"[^\W_]+")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")


def word_mark(entitlement_id: str, slug: str, name: str) -> str:
    """Return the word that marks an entitlement as privileged where there are no rules."""
    del entitlement_id
    return privileged_word(slug, name)


def privileged_word(slug: str, name: str) -> str:
    """Return the word of a slug or name that marks an entitlement as privileged, else an empty text."""
    for text in (slug, name):
        words = [str(word).casefold() for word in NAME_PART.findall(CAMEL_CASE.sub(" ", text))]
        for word in words:
            if word in WORDS:
                return word
        joined = " ".join(words)
        for phrase in PHRASES:
            if phrase in joined:
                return phrase
    return ""
