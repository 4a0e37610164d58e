"""The check that a change is made in the account that its c1z file comes from."""

from __future__ import annotations

from pathlib import Path

from ..errors import PreconditionError
from ..model import Identity
from ..query.sync_origin import SyncOrigin

__all__ = ["check_account"]


def check_account(origin: SyncOrigin, path: Path, connector: str, identity: Identity) -> str:
    """Compare the origin of a file with the sign-in that is to change the application.

    Returns a sentence when the two cannot be compared, else nothing. Raises PreconditionError when the file was synced
    through another connector or from another account.
    """
    if not origin.connector:
        return f"{path} does not say which account it comes from, so it cannot be compared with the sign-in."
    if origin.connector != connector:
        raise _other(path, f"through the connector {origin.connector!r}", f"this is {connector!r}", connector)
    if origin.account and identity.account and origin.account != identity.account:
        raise _other(
            path, f"from the account {origin.account!r}", f"you are signed in to {identity.account!r}", connector
        )
    if bool(origin.account) != bool(identity.account):
        return f"The account of {path} cannot be compared with the sign-in: only one of them is known."
    return ""


def _other(path: Path, file_origin: str, sign_in: str, connector: str) -> PreconditionError:
    return PreconditionError(
        f"nothing was changed: {path} was synced {file_origin}, and {sign_in}",
        hint=f"Sync this account first (connector-host sync {connector} -f FILE), or sign in to the other one. To use"
        " this file all the same, add --other-account.",
    )
