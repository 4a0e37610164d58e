"""Objects of a lake under keys such as `commits/github/2Xy.1.json`: in a folder, or in an object store through fsspec.

An object is written once and never changed. `create` refuses a key that exists where the store can (a folder, S3,
Google Cloud Storage, Azure): this is all that commits need, and nothing needs a rename.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from ..c1z.durable_files import sync_folder
from ..c1z.private_folder import private_folder
from ..errors import ConfigError, FileError

__all__ = ["ObjectStore", "StoredObject", "open_object_store", "require_extra"]

FILE_MODE, FOLDER_MODE = 0o600, 0o700
MOST_BYTES = 256 << 20  # of a record
PACKAGES_OF = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
CREDENTIALS_OF = {
    "s3fs": "the AWS variables or profile (AWS_ACCESS_KEY_ID, AWS_PROFILE)",
    "gcsfs": "GOOGLE_APPLICATION_CREDENTIALS",
    "adlfs": "AZURE_STORAGE_ACCOUNT_NAME and its key or connection string",
}


class StoredObject(Struct, frozen=True):
    """The key of an object, its size in bytes and the time at which it was written."""

    key: str
    size: int
    modified: datetime


class ObjectStore(Protocol):
    """A set of objects. Every method raises FileError for a store that cannot be reached or refuses access."""

    @property
    def url(self) -> str:
        """The name of the lake, as people typed it."""

    @property
    def filesystem(self) -> Any:
        """The fsspec filesystem of a remote store, None for a folder."""

    def location(self, key: str) -> str:
        """Return the path or URL of an object for an engine."""

    def read(self, key: str) -> bytes | None:
        """Return the content of an object, None if it does not exist."""

    def create(self, key: str, content: bytes) -> bool:
        """Write a new object durably; return False if the key exists."""

    def upload(self, key: str, write: Callable[[Path], None]) -> int:
        """Store the file that `write` writes, under a new key; return its size."""

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects below a prefix that ends with a slash."""

    def delete(self, key: str) -> None:
        """Delete an object; one that does not exist is no error."""

    def local_copy(self, key: str) -> contextlib.AbstractContextManager[Path | None]:
        """Open an object as a file on this machine; None if it does not exist."""


def check_key(key: str) -> None:
    """Raise FileError for a key that leads out of the lake: commits name keys, and may come from somebody else."""
    if any(part in ("..", ".") for part in key.split("/")) or key.startswith("/") or "\\" in key or ":" in key:
        raise FileError(f"{key!r} is not the key of an object of a lake.", hint="Run `connector-host lake verify`.")


def require_extra(package: str) -> FileError:
    """Return the error for a missing package of the extra."""
    return FileError(
        f"A lake needs the package {package}, which is not installed.",
        hint="Install it: pip install 'connector-host[lake]'",
    )


def open_object_store(place: str) -> ObjectStore:
    """Return the store of a folder or a URL. Raises ConfigError for a URL of an unknown kind."""
    if "://" not in place:
        return FolderStore(Path(place).expanduser())
    if place.startswith("file://"):
        return FolderStore(Path(place.removeprefix("file://")))
    return _remote_store(place)


class FolderStore:
    """The objects of a lake in a folder of this machine."""

    filesystem = None

    def __init__(self, folder: Path) -> None:
        self.url = str(folder)
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100 - resolve would follow links, which change
        self._checked_folders: set[Path] = set()

    def location(self, key: str) -> str:
        """Return the absolute path of an object."""
        return str(self._path(key))

    def read(self, key: str) -> bytes | None:
        """Return the content of an object, None if it does not exist."""
        with self._errors("read", key):
            try:
                with self._path(key).open("rb") as file:
                    content = file.read(MOST_BYTES + 1)
            except FileNotFoundError:
                return None
            if len(content) > MOST_BYTES:
                raise FileError(f"Lake {self.url}: {key} has more than {MOST_BYTES >> 20} MB, which no record has.")
            return content
        return None

    def create(self, key: str, content: bytes) -> bool:
        """Write a file under another name, then link it to its own: a reader sees all of it or nothing."""
        path = self._path(key)
        with self._errors("write", key):
            self._make_folder(path.parent)
            with private_folder(path.parent) as folder:
                draft = folder / "object"
                _write_durably(draft, content)
                return _link_new(draft, path)
        return False

    def upload(self, key: str, write: Callable[[Path], None]) -> int:
        """Store the file that `write` writes in its place; it is not visible before a commit names it."""
        path = self._path(key)
        with self._errors("write", key):
            self._make_folder(path.parent)
            try:
                write(path)
                path.chmod(FILE_MODE)
                with path.open("rb") as written:
                    os.fsync(written.fileno())
                sync_folder(path.parent)
                return path.stat().st_size
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return 0

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the files below a folder of the lake."""
        with self._errors("list", prefix):
            for folder, _, names in os.walk(self._path(prefix)):
                for name in sorted(names):
                    path = Path(folder, name)
                    with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                        status = path.lstat()
                        key = path.relative_to(self._folder).as_posix()
                        yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def delete(self, key: str) -> None:
        """Delete a file, and the folders that it leaves empty."""
        path = self._path(key, may_be_link=True)
        with self._errors("delete", key):
            path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self._folder or not folder.is_dir() or any(folder.iterdir()):
                    break
                with contextlib.suppress(OSError):  # another writer has used it meanwhile
                    folder.rmdir()

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path | None]:
        """Yield the path of the file itself."""
        path = self._path(key)
        yield path if path.is_file() else None

    def _path(self, key: str, *, may_be_link: bool = False) -> Path:
        """Return the path of an object. Raises FileError where a link or a pipe is in its place, or in a folder's."""
        check_key(key)
        path = self._folder.joinpath(*key.split("/"))
        with self._errors("reach", key):
            for folder in path.relative_to(self._folder).parents:
                if (place := self._folder / folder) not in self._checked_folders and folder.parts:
                    self._require(place, stat.S_ISDIR, "folder")
            if key and not (may_be_link or key.endswith("/")):
                self._require(path, stat.S_ISREG, "file")
        return path

    def _require(self, path: Path, is_right: Callable[[int], bool], kind: str) -> None:
        """Raise FileError if something else than a file or folder is at a path: somebody may have put it there."""
        try:
            mode = path.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):  # what is done with it names the problem
            return
        if not is_right(mode):
            raise FileError(
                f"Lake {self.url}: {path} is no {kind} of its own, but a link or something else.",
                hint="Copy what it leads to into the lake, or ask the owner of the lake.",
            )
        if kind == "folder":
            self._checked_folders.add(path)

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    @contextmanager
    def _errors(self, verb: str, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FileError(
                f"Lake {self.url}: cannot {verb} {key}: {error.strerror or error}",
                hint="Check the path, the space and the permissions of the folder.",
            ) from error


class RemoteStore:
    """The objects of a lake in an object store, through fsspec."""

    def __init__(self, url: str, filesystem: Any, root: str, package: str) -> None:
        self.url = url
        self.filesystem = filesystem
        self._root = root.rstrip("/")
        self._package = package

    def location(self, key: str) -> str:
        """Return the URL of an object."""
        return str(self.filesystem.unstrip_protocol(self._path(key)))

    def read(self, key: str) -> bytes | None:
        """Return the content of an object, None if it does not exist."""
        with self._errors("read", key):
            try:
                return bytes(self.filesystem.cat_file(self._path(key)))
            except FileNotFoundError:
                return None
        return None

    def create(self, key: str, content: bytes) -> bool:
        """Put an object on the condition that its key is new.

        The packages of the stores repeat a call whose answer was lost: the second then finds what the first wrote. So
        the content decides whose object it is; no two writers write the same commit.
        """
        path = self._path(key)
        with self._errors("write", key):
            try:
                if self.filesystem.exists(path):
                    return False
                self._make_folder(path)
                self.filesystem.pipe_file(path, content, mode="create")
            except FileExistsError:
                return self.read(key) == content
            return True
        return False

    def upload(self, key: str, write: Callable[[Path], None]) -> int:
        """Put the file that `write` writes on this machine: an upload that breaks off leaves no object."""
        with private_folder(None) as folder, self._errors("write", key):
            draft = folder / "object"
            write(draft)
            path = self._path(key)
            self._make_folder(path)
            self.filesystem.put_file(str(draft), path)
            return draft.stat().st_size
        return 0

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects below a prefix."""
        with self._errors("list", prefix):
            self.filesystem.invalidate_cache()
            try:
                entries = self.filesystem.find(self._path(prefix.rstrip("/")), detail=True)
            except FileNotFoundError:
                return
            start = len(self._root) + 1
            for path, entry in sorted(entries.items()):
                yield StoredObject(path[start:], int(entry.get("size") or 0), _modified(entry))

    def delete(self, key: str) -> None:
        """Delete an object."""
        with self._errors("delete", key), contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(self._path(key))

    @contextmanager
    def local_copy(self, key: str) -> Iterator[Path | None]:
        """Yield a file with the content of the object, which is removed afterwards."""
        with private_folder(None) as folder:
            copy: Path | None = folder / "object"
            with self._errors("read", key):
                try:
                    self.filesystem.get_file(self._path(key), str(copy))
                except FileNotFoundError:
                    copy = None
            yield copy

    def _make_folder(self, path: str) -> None:
        """Create the folder of an object, except in a store without folders: there it would create a bucket."""
        if self._package not in CREDENTIALS_OF:
            self.filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)

    def _path(self, key: str) -> str:
        check_key(key)
        return f"{self._root}/{key}"

    @contextmanager
    def _errors(self, verb: str, key: str) -> Iterator[None]:
        try:
            yield
        except (FileError, ConfigError, GeneratorExit, KeyboardInterrupt):
            raise
        except Exception as error:  # the packages of the stores raise errors of their own classes
            credentials = CREDENTIALS_OF.get(self._package, "the credentials of the store")
            reason = " ".join(str(error).split()) or type(error).__name__
            raise FileError(
                f"Lake {self.url}: cannot {verb} {key}: {reason}",
                hint=f"The lake is as it was. Check the network, the bucket and {credentials}, then try again.",
            ) from error


def _remote_store(url: str) -> RemoteStore:
    scheme = url.partition("://")[0]
    package = PACKAGES_OF.get(scheme, "fsspec")
    try:
        import fsspec  # noqa: PLC0415 - an extra
    except ImportError:
        raise require_extra("fsspec") from None
    try:
        filesystem, root = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
    except ImportError:
        raise FileError(
            f"Lake {url}: the package {package} is not installed.", hint=f"Install it: pip install {package}"
        ) from None
    except ValueError as error:
        raise ConfigError(
            f"Lake {url}: {error}", hint="Specify a folder, or a URL that begins with s3://, gs:// or az://."
        ) from error
    except Exception as error:
        credentials = CREDENTIALS_OF.get(package, "the credentials of the store")
        raise FileError(f"Lake {url} cannot be opened: {error}", hint=f"Check {credentials}.") from error
    return RemoteStore(url, filesystem, str(root), package)


def _modified(entry: dict[str, Any]) -> datetime:
    """Return the time of a listed object; one without a time counts as new, so that nothing young is removed."""
    for name in ("LastModified", "last_modified", "mtime", "updated", "created"):
        value = entry.get(name)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                return datetime.fromisoformat(value)
    return datetime.now(UTC)


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())


def _link_new(draft: Path, path: Path) -> bool:
    """Give a file its own name unless that exists; return whether it did."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:  # a filesystem without links
        try:
            with path.open("xb") as target, draft.open("rb") as source:
                shutil.copyfileobj(source, target)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True
