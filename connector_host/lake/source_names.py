"""Names of sources: by default connector and account, in the letters that a name may have."""

from __future__ import annotations

import re
import unicodedata

from ..query.sync_origin import SyncOrigin

__all__ = ["default_source_name"]

MOST_LETTERS = 100


def default_source_name(origin: SyncOrigin) -> str:
    """Return `CONNECTOR-ACCOUNT` in lower case, or `CONNECTOR` where the account is unknown."""
    words = " ".join(part for part in (origin.connector, origin.account) if part)
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:MOST_LETTERS]
