"""A disk that remembers the order of writes, so that the power can be cut at each of them.

`Recorder` watches SQLite through a VFS of its own, and what Python does to files through the functions of `os` that
pathlib and shutil use. `Disk` plays a part of what was recorded and then says what may be there after a power loss:
everything that was synced; of the rest any part, within what a POSIX file system allows.
"""

import io
import os
import random
import re
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import apsw

ROOTS = ("rename", "replace", "unlink", "remove", "mkdir", "rmdir", "fsync", "open")


class Recorder:
    """Everything that is done to files under `root` inside `with recorder.watching()`, as `events`."""

    def __init__(self, root):
        self.root = Path(root).resolve()
        self.events = []
        self._lock = threading.RLock()
        self._sqlite = set()
        self._synced = {}

    def add(self, kind, path, *more):
        with self._lock:
            self.events.append((kind, str(path), *more))

    def watches(self, path):
        return path is not None and str(path).startswith(f"{self.root}/")

    @contextmanager
    def watching(self):
        real = {name: getattr(os, name) for name in ROOTS}
        real_io_open = io.open
        vfs = RecordingVFS(self)

        def exclusive(connection):  # SQLite asks for shared memory, which a VFS of apsw does not have, only without it
            connection.pragma("locking_mode", "exclusive")

        for name in ROOTS:
            setattr(os, name, getattr(self, f"_{name}")(real[name]))
        io.open = self._io_open(real_io_open)
        apsw.connection_hooks.append(exclusive)
        try:
            yield self
        finally:
            apsw.connection_hooks.remove(exclusive)
            io.open = real_io_open
            for name in ROOTS:
                setattr(os, name, real[name])
            vfs.unregister()

    # ------------------------------------------------------------------------------------------- SQLite's files

    def sqlite_opens(self, path, created):
        if created:
            self.add("create", path)
        self._sqlite.add(path)

    # ------------------------------------------------------------------------------------------- Python's files

    def _content(self, path, *, synced):
        if str(path) not in self._sqlite and os.path.isfile(path):
            content = Path(path).read_bytes()
            if synced or self._synced.get(str(path)) != content:
                self.add("content", path, content, synced)
            self._synced[str(path)] = content

    def _io_open(self, real):
        def opened(file, mode="r", *rest, **more):
            new = isinstance(file, (str, os.PathLike)) and set(mode) & set("wxa") and self.watches(file)
            if new and not os.path.exists(file):
                self.add("create", file)
            return real(file, mode, *rest, **more)

        return opened

    def _open(self, real):
        def opened(path, flags, *rest, **more):
            new = flags & os.O_CREAT and self.watches(path) and not os.path.exists(path)
            descriptor = real(path, flags, *rest, **more)
            if new:
                self.add("create", path)
            return descriptor

        return opened

    def _fsync(self, real):
        def fsync(descriptor):
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            real(descriptor)
            if os.path.isdir(path):
                self.add("folder", path)
            elif self.watches(path):
                self._content(path, synced=True)

        return fsync

    def _rename(self, real):
        def rename(source, target, **more):
            if self.watches(source):
                self._content(source, synced=False)
                self.add("rename", source, str(target))
                if str(source) in self._sqlite:
                    self._sqlite.add(str(target))
                else:
                    self._sqlite.discard(str(target))
            return real(source, target, **more)

        return rename

    _replace = _rename

    def _gone(self, real):
        def gone(path, *, dir_fd=None):
            real(path, dir_fd=dir_fd)
            whole = path if dir_fd is None else f"{os.readlink(f'/proc/self/fd/{dir_fd}')}/{path}"
            if self.watches(whole):
                self.add("unlink", whole)
                self._sqlite.discard(str(whole))

        return gone

    _unlink = _remove = _rmdir = _gone

    def _mkdir(self, real):
        def mkdir(path, *rest, **more):
            real(path, *rest, **more)
            if self.watches(path):
                self.add("mkdir", path)

        return mkdir


class RecordingVFS(apsw.VFS):
    """SQLite's usual VFS, whose files tell the recorder."""

    def __init__(self, recorder):
        self.recorder = recorder
        super().__init__("recording", "unix", makedefault=True)

    def xOpen(self, name, flags):
        path = None if name is None else name if isinstance(name, str) else name.filename()
        created = path is not None and not os.path.exists(path)
        file = RecordingFile(self.recorder, path, name, flags)
        if self.recorder.watches(path):
            self.recorder.sqlite_opens(path, created)
        return file

    def xDelete(self, name, sync):
        super().xDelete(name, sync)
        if self.recorder.watches(name):
            self.recorder.add("unlink", name)
            if sync:
                self.recorder.add("folder", str(Path(name).parent))


class RecordingFile(apsw.VFSFile):
    def __init__(self, recorder, path, name, flags):
        self._recorder = recorder if recorder.watches(path) else None
        self._path = path
        # the unix VFS syncs the folder with the first sync of a new journal, log or super-journal (`<database>-mj...`)
        self._new_journal = not (path and os.path.exists(path)) and re.search(r"-(wal|journal|mj\w+)$", str(path))
        super().__init__("unix", name, flags)

    def xWrite(self, data, offset):
        super().xWrite(data, offset)
        if self._recorder:
            self._recorder.add("write", self._path, offset, bytes(data))

    def xTruncate(self, size):
        super().xTruncate(size)
        if self._recorder:
            self._recorder.add("truncate", self._path, size)

    def xSync(self, flags):
        super().xSync(flags)
        if self._recorder:
            self._recorder.add("sync", self._path)
            if self._new_journal:
                self._recorder.add("folder", str(Path(self._path).parent))
                self._new_journal = False


class Inode:
    """What of a file is on the disk, and what is on its way."""

    def __init__(self, durable=b""):
        self.durable = bytearray(durable)
        self.pending = []

    def settle(self):
        for change in self.pending:
            apply(self.durable, change)
        self.pending.clear()

    def after_loss(self, dice):
        """The content after a power loss: of what was on its way nothing, all, the first so many, or any."""
        content = bytearray(self.durable)
        fate = dice.choice(("nothing", "all", "first", "any"))
        some = dice.randint(0, len(self.pending))
        for number, change in enumerate(self.pending):
            if fate == "all" or (fate == "first" and number < some) or (fate == "any" and dice.random() < 0.5):
                apply(content, change)
            elif fate == "first" and number == some and change[0] == "write":
                apply(content, ("write", change[1], change[2][: dice.randint(0, len(change[2]))]))  # torn
            elif fate == "any" and change[0] == "content":
                apply(content, ("content", change[1][: dice.randint(0, len(change[1]))]))
        return bytes(content)


def apply(content, change):
    match change:
        case ("write", offset, data):
            if len(content) < offset:
                content.extend(b"\0" * (offset - len(content)))
            content[offset : offset + len(data)] = data
        case ("truncate", size):
            del content[size:]
        case ("content", data):
            content[:] = data


class Disk:
    """A disk with `files` ({path: content}) and `folders` on it, all synced."""

    def __init__(self, files, folders):
        self.names = {path: Inode(content) for path, content in files.items()}
        self.folders = set(folders)
        self.live, self.live_folders = dict(self.names), set(folders)
        self.waiting = {}  # folder -> changes of its names

    def play(self, event):
        match event:
            case ("create", path):
                self.live[path] = Inode()
                self._name(path, ("link", path, self.live[path]))
            case ("write" | "truncate" as kind, path, *values):
                self.live[path].pending.append((kind, *values))
            case ("sync", path):
                self.live[path].settle()
            case ("content", path, data, synced):
                self.live[path].pending.append(("content", data))
                if synced:
                    self.live[path].settle()
            case ("rename", source, target):
                moved = self.live.pop(source)
                self.live[target] = moved
                self._name(target, ("rename", source, target, moved))
            case ("unlink", path):
                self.live.pop(path, None)
                self.live_folders.discard(path)
                self._name(path, ("unlink", path))
            case ("mkdir", path):
                self.live_folders.add(path)
                self._name(path, ("mkdir", path))
            case ("folder", path):
                for change in self.waiting.pop(path, ()):
                    self._settle(change)
            case _:
                raise ValueError(event)

    def _name(self, path, change):
        self.waiting.setdefault(str(Path(path).parent), []).append(change)

    def _settle(self, change):
        match change:
            case ("link", path, inode):
                self.names[path] = inode
            case ("rename", source, target, inode):
                self.names.pop(source, None)
                self.names[target] = inode
            case ("unlink", path):
                self.names.pop(path, None)
                self.folders.discard(path)
                for inside in [name for name in self.names if name.startswith(f"{path}/")]:
                    del self.names[inside]
            case ("mkdir", path):
                self.folders.add(path)

    def cut(self, seed):
        """Cut the power: {path: content}, and the folders. Of each folder's changes the first so many are there."""
        dice = random.Random(seed)
        for changes in self.waiting.values():
            for change in changes[: dice.randint(0, len(changes))]:
                self._settle(change)
        there = {path: inode for path, inode in self.names.items() if str(Path(path).parent) in self.folders}
        return {path: inode.after_loss(dice) for path, inode in there.items()}, set(self.folders)


def lay(files, folders, place):
    """Make what a disk holds the content of the folder `place`, where it was recorded: journals name each other whole."""
    shutil.rmtree(place)
    for folder in sorted(folders, key=len):
        Path(folder).mkdir(mode=0o700)
    for path, content in files.items():
        Path(path).write_bytes(content)
        Path(path).chmod(0o600)
    return place
