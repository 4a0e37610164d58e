"""The differences between Windows, macOS and Linux: flags of files, locks, synchronising, reading at a position, users.

Everything here works on all three. What a system does not have is looked up by name, so that its absence is a case and
not an error: `tests/test_operating_system.py` runs the program with the POSIX-only modules and functions hidden.
"""

from __future__ import annotations

import errno
import getpass
import importlib
import os
import re
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = [
    "DESCRIPTOR_FLAGS",
    "KILL_SIGNAL",
    "NO_LINK",
    "NO_TERMINAL",
    "NO_WAIT",
    "REMOVES_OPEN_FILES",
    "STOP_SIGNALS",
    "PathLock",
    "Terminated",
    "allow_only_owner",
    "copy_range",
    "end_at_once",
    "group_id",
    "group_name",
    "has_access_list",
    "has_owners",
    "is_on_read_only_disk",
    "is_reader_gone",
    "owner_notes",
    "portable_file_name",
    "read_at",
    "set_nonblocking",
    "sync_descriptor",
    "sync_directory",
    "user_id",
    "user_name",
    "waiting_bytes",
]

DESCRIPTOR_FLAGS: int = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Flags of every `os.open`: the descriptor is not inherited by children, and bytes are not translated."""
NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
"""Opening a pipe or a device does not wait."""
NO_LINK: int = getattr(os, "O_NOFOLLOW", 0)
"""Opening a link fails."""
NO_TERMINAL: int = getattr(os, "O_NOCTTY", 0)
"""Opening a terminal does not make it that of this process."""
DIRECTORY: int = getattr(os, "O_DIRECTORY", 0)
UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
DEVICE_NAME = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9])(\..*)?", re.IGNORECASE | re.DOTALL)
"""Names that Windows reserves for devices, also with an ending."""
LONGEST_NAME = 80
KILLED = 137
REMOVES_OPEN_FILES = os.name != "nt"
"""A file may lose its name while it is open, and is gone when it is closed. Not so on Windows."""
STOP_SIGNALS: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""The signals that ask a program to end: Windows has no SIGHUP, and only Windows has SIGBREAK."""
KILL_SIGNAL: signal.Signals = getattr(signal, "SIGKILL", signal.SIGTERM)
"""The signal that ends another process at once; SIGTERM does that on Windows."""


class Terminated(SystemExit):
    """The end of the program by a signal."""


def _optional_module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# ------------------------------------------------------------------------------------------------------------- locks


class PathLock:
    """A lock on a file or a directory, which ends with the process that holds it.

    With `create` the path is a file that is made with mode 0600. On POSIX systems the lock is on the path itself; where
    there is no `flock`, the library filelock locks a file: the path, or `.lock` in a directory. Raises OSError.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._fcntl = _optional_module("fcntl")
        self._descriptor = -1
        self._file_lock: Any = None
        if self._fcntl is not None:
            flags = os.O_RDWR | os.O_CREAT if create else os.O_RDONLY | NO_WAIT
            self._descriptor = os.open(path, flags | NO_LINK | DESCRIPTOR_FLAGS, 0o600)
        else:
            import filelock  # noqa: PLC0415 - only where there is no flock

            path.lstat() if not create else path.parent.stat()
            self._file_lock = filelock.FileLock(path / ".lock" if path.is_dir() else path)

    def acquire(self, *, wait: bool = False, shared: bool = False) -> bool:
        """Take the lock; False if another process has it and `wait` is not set. `shared` excludes no other shared one.

        Raises OSError where the file system has no locks.
        """
        if self._fcntl is None:
            import filelock  # noqa: PLC0415 - only where there is no flock

            try:
                self._file_lock.acquire(timeout=-1 if wait else 0)
            except filelock.Timeout:
                return False
            return True
        operation = self._fcntl.LOCK_SH if shared else self._fcntl.LOCK_EX
        try:
            self._fcntl.flock(self._descriptor, operation if wait else operation | self._fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def stat(self) -> os.stat_result:
        """Return the status of what is locked, under whatever name it is now. Raises OSError."""
        return os.fstat(self._descriptor) if self._descriptor >= 0 else self.path.stat()

    def is_current(self) -> bool:
        """True if the path still leads to what is locked. Raises FileNotFoundError where it leads nowhere."""
        locked, named = self.stat(), self.path.lstat()
        return (locked.st_dev, locked.st_ino) == (named.st_dev, named.st_ino)

    def close(self) -> None:
        """Give the lock up. May be called repeatedly."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self._file_lock is not None:
            self._file_lock.release(force=True)


# ------------------------------------------------------------------------------------------------------------- files


def copy_range(source: int, target: int, size: int) -> int:
    """Copy up to `size` bytes between two descriptors within the system; 0 at the end, or where it cannot do that."""
    if sys.platform != "linux":
        return 0
    try:
        return os.copy_file_range(source, target, size)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.EPERM):
            return 0
        raise


def sync_descriptor(descriptor: int) -> None:
    """Write the content of an open file to the disk; its times may stay behind. Raises OSError."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


def sync_directory(directory: Path) -> None:
    """Write the names in a directory to the disk. Windows does that by itself. Raises OSError."""
    if not DIRECTORY:
        return
    descriptor = os.open(directory, os.O_RDONLY | DIRECTORY | DESCRIPTOR_FLAGS)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that has no such thing
            raise
    finally:
        os.close(descriptor)


_position_lock = threading.Lock()


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Read up to `size` bytes at `offset`, from several threads if need be. Raises OSError."""
    pread = getattr(os, "pread", None)
    if pread is not None:
        data: bytes = pread(descriptor, size, offset)
        return data
    with _position_lock:  # no other code moves the position of these descriptors
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size)


def allow_only_owner(descriptor: int, mode: int = 0o600) -> None:
    """Set the mode of an open file where files have modes; elsewhere the folder's permissions apply. Raises OSError."""
    fchmod = getattr(os, "fchmod", None)
    if fchmod is not None:
        fchmod(descriptor, mode)


def set_nonblocking(descriptor: int) -> None:
    """Make writing to a pipe fail rather than wait, where the system can do that."""
    set_blocking = getattr(os, "set_blocking", None)
    if set_blocking is not None:
        with suppress(OSError):
            set_blocking(descriptor, False)


def waiting_bytes(descriptor: int) -> int:
    """Return how many bytes wait in a pipe; 0 where the system cannot tell."""
    fcntl, termios = _optional_module("fcntl"), _optional_module("termios")
    if fcntl is None or termios is None:
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)
    except OSError:
        return 0


def portable_file_name(text: str, default: str = "file") -> str:
    """Return a file name for a text from outside that every system accepts, and that leads to no other folder.

    ASCII letters, digits, `.`, `_` and `-` stay, without a dot or a dash at the ends; the names of devices of Windows
    get an underscore.
    """
    name = UNSAFE_IN_NAMES.sub("-", text)[:LONGEST_NAME].strip("-.") or default
    return f"_{name}" if DEVICE_NAME.fullmatch(name) else name


def is_reader_gone(descriptor: int) -> bool:
    """True if nobody reads the pipe any more. Always False where the system cannot tell. Raises OSError, ValueError."""
    select = importlib.import_module("select")
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))


def is_on_read_only_disk(path: Path) -> bool:
    """True if the file system of a path cannot be written to; False where the system cannot tell. Raises OSError."""
    statvfs = getattr(os, "statvfs", None)
    return statvfs is not None and bool(statvfs(path).f_flag & getattr(os, "ST_RDONLY", 0))


# -------------------------------------------------------------------------------------------------- users, processes


def has_access_list(path: Path) -> bool:
    """Return True if an access control list lets other accounts than owner and group use a path (Linux)."""
    read_attribute = getattr(os, "getxattr", None)
    try:
        return read_attribute is not None and bool(
            read_attribute(path, "system.posix_acl_access", follow_symlinks=False)
        )
    except OSError:  # there is none, or the file system has none
        return False


def has_owners() -> bool:
    """True where files have POSIX owners and modes."""
    return hasattr(os, "geteuid")


def user_id() -> int:
    """Return the number of the user who runs the process; -1 where users have no numbers."""
    number: int = getattr(os, "geteuid", lambda: -1)()
    return number


def group_id() -> int:
    """Return the number of the main group of the process; -1 where groups have no numbers."""
    number: int = getattr(os, "getegid", lambda: -1)()
    return number


def user_name(number: int | None = None) -> str:
    """Return the name of a user, by default of the one who runs the process; the number of a user without a name."""
    pwd = _optional_module("pwd")
    if pwd is not None and has_owners():
        number = user_id() if number is None else number
        try:
            return str(pwd.getpwuid(number).pw_name)
        except KeyError:
            return str(number)
    if number is not None:
        return str(number)
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return os.environ.get("USERNAME", "unknown")


def owner_notes(path: Path) -> tuple[str, ...]:
    """Return a sentence on the owner of a file that is about to be replaced by one that only we can read."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return ()
    if not has_owners() or owner == user_id():
        return ()
    return (f"{path} belonged to {user_name(owner)}, who cannot read the new file: it is for {user_name()} only.",)


def group_name(number: int) -> str:
    """Return the name of a group, or its number if it has none."""
    grp = _optional_module("grp")
    try:
        return str(number) if grp is None else str(grp.getgrgid(number).gr_name)
    except KeyError:
        return str(number)


def end_at_once() -> None:
    """End this process as SIGKILL does: no cleaning up."""
    kill = getattr(signal, "SIGKILL", None)
    if kill is not None:
        os.kill(os.getpid(), kill)
    os._exit(KILLED)
