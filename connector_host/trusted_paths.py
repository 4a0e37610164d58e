"""Trust in places: whether another user of this computer could have written a file, or put it where it is.

Before a file decides which program is run, where a secret goes or which rows are kept, its path is judged here: every
folder on the way, every link, and the file itself. Trusted owners are the user, root, and the owner of `/` (root as it
is seen from within a container). Nothing is judged on systems without POSIX owners.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .errors import ConfigError, ConnectorHostError
from .operating_system import (
    group_id,
    group_name,
    has_access_list,
    has_owners,
    is_on_read_only_disk,
    user_id,
    user_name,
)

__all__ = ["find_entry_risk", "find_read_risk", "find_risk", "other_owner", "require_trusted"]

MOST_LINKS = 40
DRIVE = re.compile("/mnt/[a-z](/|$)")
ADMINISTRATORS = frozenset({"root", "wheel", "admin", "sudo", "staff"})
"""Groups whose members can become root, or that systems let write to folders like `/usr/local`."""


class _Step(NamedTuple):
    """One folder, link or file on the way to a path."""

    path: Path
    status: os.stat_result
    final: bool


def require_trusted(path: Path, subject: str, *, error: type[ConnectorHostError] = ConfigError) -> None:
    """Raise `error` if somebody else could have written `path`; `subject` says what it is, as in `the config file`."""
    if risk := find_risk(path):
        raise error(
            f"{subject} {path} is not used: {risk}",
            hint="Copy it into a folder that only you can write to, or correct its owner and permissions.",
        )


def find_risk(path: Path) -> str:
    """Return why another user could have written `path`, as the end of a sentence; '' if nobody else could.

    A path that does not exist is judged by the folders that do. Raises OSError if it cannot be looked at.
    """
    if not has_owners():
        return ""
    owners = _trusted_owners()
    for step in _steps(path):
        if step.status.st_uid not in owners:
            return f"{step.path} belongs to {_user_name(step.status.st_uid)}"
        if (risk := _writable_by_others(step)) and not _has_other_rules(step.path):
            return risk
    return ""


def find_entry_risk(path: Path) -> str:
    """Return why the file or folder at `path` may be another user's work; '' if it is ours, or does not exist.

    The folders around it may belong to others: a working folder may lie in a shared folder, because nobody else can
    make a folder there that belongs to us. A link is judged with everything that it leads through.
    """
    if not has_owners():
        return ""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return ""
    if status.st_uid not in _trusted_owners():
        return f"it belongs to {_user_name(status.st_uid)}"
    return find_risk(path) if stat.S_ISLNK(status.st_mode) else _writable_by_others(_Step(path, status, final=True))


def find_read_risk(path: Path) -> str:
    """Return who else can read the file at `path`, as the end of a sentence; '' if nobody can."""
    status = path.stat()
    if not has_owners() or _is_windows_drive(Path(os.path.abspath(path))):  # noqa: PTH100 - Path.absolute keeps `..`
        return ""
    if status.st_mode & stat.S_IROTH:
        return "every user of this computer can read it"
    if not status.st_mode & stat.S_IRGRP or status.st_uid != user_id():
        return ""
    if has_access_list(path):
        return "its access control list may let others read it"
    return (
        "" if _is_private_group(status.st_gid) else f"the members of the group {group_name(status.st_gid)} can read it"
    )


def other_owner(path: Path) -> str:
    """Return the name of the other user whose file `path` is; '' if it is ours or does not exist."""
    if not hasattr(os, "geteuid"):
        return ""
    try:
        owner = path.stat().st_uid
    except OSError:
        return ""
    return "" if owner == os.geteuid() else _user_name(owner)


def _writable_by_others(step: _Step) -> str:
    """Return who else can write to a step of the way.

    In a folder with the sticky bit nobody can replace our files; a device like `/dev/null` holds nothing.
    """
    mode = step.status.st_mode
    if stat.S_ISLNK(mode) or stat.S_ISCHR(mode) or (not step.final and mode & stat.S_ISVTX):
        return ""
    if mode & stat.S_IWOTH:
        return f"every user of this computer can write to {step.path}"
    return _writable_by_group(step) if mode & stat.S_IWGRP else ""


def _writable_by_group(step: _Step) -> str:
    if has_access_list(step.path):  # its mask is shown in place of what the group may do
        return f"the access control list of {step.path} may let others write to it"
    group = group_name(step.status.st_gid)
    if _is_private_group(step.status.st_gid) or (not step.final and group in ADMINISTRATORS):
        return ""
    return f"the members of the group {group} can write to {step.path}"


def _has_other_rules(path: Path) -> bool:
    """Return whether the permissions of a path do not say who can write to it.

    Nobody can write to a file system that is mounted read-only, as containers mount configuration with odd permissions.
    """
    return _is_windows_drive(path) or is_on_read_only_disk(path)


def _is_windows_drive(path: Path) -> bool:
    """Return whether a path is on a drive of Windows as seen from WSL, where all permissions are always set."""
    import platform  # noqa: PLC0415 - rarely needed

    return DRIVE.match(str(path)) is not None and "microsoft" in platform.release().lower()


def _steps(path: Path) -> Iterator[_Step]:
    """Yield everything on the way from `/` to a path, links followed."""
    todo = list(path.absolute().parts[1:])[::-1]  # with its `..`, which lead elsewhere after a link
    at, links = Path("/"), 0
    yield _Step(at, at.stat(), final=not todo)
    while todo:
        name = todo.pop()
        if name == "..":
            at = at.parent
            continue
        try:
            status = (at / name).lstat()
        except FileNotFoundError:
            return
        if stat.S_ISLNK(status.st_mode):
            yield _Step(at / name, status, final=False)
            links += 1
            if links > MOST_LINKS:
                raise OSError(f"{path} leads through too many links")
            target = (at / name).readlink()
            at = Path("/") if target.is_absolute() else at
            todo += [part for part in reversed(target.parts) if part != "/"]
            continue
        at /= name
        yield _Step(at, status, final=not todo)


def _trusted_owners() -> set[int]:
    owners = {0, user_id(), Path("/").stat().st_uid}
    caller = os.environ.get("SUDO_UID", "")
    is_number = caller.isascii() and caller.isdigit() and len(caller) < 20
    return owners | {int(caller)} if user_id() == 0 and is_number else owners


def _is_private_group(group: int) -> bool:
    """Return whether a group is the user's own, as Linux distributions make one for each user. Not so for root."""
    if user_id() == 0:
        return False
    return group == group_id() and group_name(group) == _user_name(user_id())


def _user_name(number: int) -> str:
    name = user_name(number)
    return f"user {number}" if name == str(number) else name
