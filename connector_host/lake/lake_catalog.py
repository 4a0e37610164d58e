"""A lake: its format, its sources, and the committed syncs, of which the newest of each source are the current ones."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby

import msgspec

from ..decoding.time_decoding import check_year
from ..errors import ConfigError, FileError, NotFoundInFile, PreconditionError
from ..query.lookup.principal_names import did_you_mean, similar_texts
from .commit_snapshots import read_snapshot
from .object_store import ObjectStore, open_object_store
from .sync_commits import (
    COMMITS,
    LAKE_FILE,
    SOURCE_NAME,
    CommitName,
    LakeFormat,
    SourceRecord,
    SyncCommit,
    decode_record,
    parse_commit_key,
    source_key,
)

__all__ = ["Lake", "check_source_name", "parse_date"]

READERS = 16  # commits that are read at once from an object store


class Lake:
    """An open lake. The commits are listed once, when they are first needed."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    @classmethod
    def open(cls, place: str, *, create: bool = False, created_by: str = "") -> Lake:
        """Open the lake in a folder or at a URL; `create`: make one where none is.

        Raises UnsupportedFormat for a lake of a newer version, PreconditionError where there is no lake.
        """
        store = open_object_store(place)
        content = store.read(LAKE_FILE)
        if content is None:
            if not create:
                raise PreconditionError(
                    f"{store.url} holds no lake.",
                    hint=f"Add a file first: connector-host lake add FILE --lake {store.url}",
                )
            store.create(LAKE_FILE, msgspec.json.encode(LakeFormat(created_by=created_by)))
            content = store.read(LAKE_FILE) or b""
        decode_record(content, LakeFormat, f"The lake {store.url}")
        return cls(store)

    # ------------------------------------------------------------------------------------------ sources

    def register_source(self, record: SourceRecord) -> None:
        """Record the connector and account of a source name. Raises PreconditionError if it stands for others."""
        check_source_name(record.name)
        key = source_key(record.name)
        content = self.store.read(key)
        if content is None:
            if self.store.create(key, msgspec.json.encode(record)):
                return
            content = self.store.read(key) or b""
        stored = decode_record(content, SourceRecord, f"The record {key}")
        if (stored.connector, stored.account) != (record.connector, record.account):
            raise PreconditionError(
                f"The source {record.name!r} of this lake is {_origin_text(stored)}; the file is from"
                f" {_origin_text(record)}.",
                hint="Specify another name for the file: --source NAME.",
            )

    # ------------------------------------------------------------------------------------------ commits

    @cached_property
    def commits(self) -> list[SyncCommit]:
        """The syncs of the lake, by source and then by the time at which they ended."""
        commits = [commit for commit in self.newest_commits() if not commit.removed]
        return sorted(commits, key=lambda commit: (commit.source, commit.end, commit.sync_id))

    def newest_commits(self) -> list[SyncCommit]:
        """Read the last commit of every sync, also of those that were removed."""
        newest: dict[tuple[str, str], tuple[CommitName, str]] = {}
        for stored in self.store.list(COMMITS):
            name = parse_commit_key(stored.key)
            if name is None:
                continue
            previous = newest.get((name.source, name.sync_id))
            if previous is None or previous[0].revision < name.revision:
                newest[name.source, name.sync_id] = name, stored.key
        return self._read_commits([key for _, key in newest.values()])

    @cached_property
    def _source_by_sync(self) -> dict[str, str]:
        names = (parse_commit_key(stored.key) for stored in self.store.list(COMMITS))
        return {name.sync_id: name.source for name in names if name is not None}

    def source_of(self, sync_id: str) -> str | None:
        """Return the source under which a sync was committed, also one that was removed since; None for a new one."""
        return self._source_by_sync.get(sync_id)

    def note_sync(self, commit: SyncCommit) -> None:
        """Take note of a sync that was committed, and list the commits again when they are needed next."""
        self._source_by_sync[commit.sync_id] = commit.source
        self.forget_commits()

    def forget_commits(self) -> None:
        """List the commits again when they are needed next."""
        self.__dict__.pop("commits", None)

    def newest_revision(self, source: str, sync_id: str) -> SyncCommit | None:
        """Return the last commit of a sync, removed or not, without listing the lake's others."""
        name = CommitName(source, sync_id, 0)
        prefix = name.key_prefix
        named = [(parse_commit_key(stored.key), stored.key) for stored in self.store.list(prefix)]
        revisions = [(part.revision, key) for part, key in named if part is not None and part.sync_id == sync_id]
        return self._read_commit(max(revisions)[1]) if revisions else None

    def _read_commits(self, keys: list[str]) -> list[SyncCommit]:
        known = read_snapshot(self.store) if len(keys) > READERS else {}
        missing = [key for key in keys if key not in known]
        if self.store.filesystem is None or len(missing) < READERS:
            loaded: Iterable[SyncCommit] = map(self._read_commit, missing)
            return [*loaded, *(known[key] for key in keys if key in known)]
        with ThreadPoolExecutor(READERS) as threads:
            return [*threads.map(self._read_commit, missing), *(known[key] for key in keys if key in known)]

    def _read_commit(self, key: str) -> SyncCommit:
        content = self.store.read(key)
        if content is None:
            raise FileError(f"Lake {self.store.url}: {key} was deleted while it was read.", hint="Run it again.")
        commit = decode_record(content, SyncCommit, f"Lake {self.store.url}: {key}")
        if commit.key != key:
            raise FileError(
                f"Lake {self.store.url}: {key} is the commit of another sync.",
                hint="Delete it, and add the file again.",
            )
        return commit

    # ------------------------------------------------------------------------------------------ selections

    @property
    def sources(self) -> list[str]:
        """The names of the sources that have syncs."""
        return list(dict.fromkeys(commit.source for commit in self.commits))

    def named_source(self, name: str) -> str:
        """Return a source by its name. Raises NotFoundInFile with similar names."""
        if name not in self.sources:
            hint = did_you_mean(similar_texts(name, self.sources)) or f"It holds: {', '.join(self.sources) or 'none'}."
            raise NotFoundInFile(f"The lake holds no source {name!r}.", hint=hint)
        return name

    def current(self, moment: datetime | None = None) -> list[SyncCommit]:
        """Return the newest sync of each source, or the newest that ended at `moment` or before."""
        chosen = []
        for _, syncs in groupby(self.commits, key=lambda commit: commit.source):
            until = [commit for commit in syncs if moment is None or commit.end <= moment]
            chosen += until[-1:]
        return chosen


def check_source_name(name: str) -> None:
    """Raise ConfigError for a text that cannot be the name of a source."""
    if not SOURCE_NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a source.",
            hint="Use at most 100 lower-case letters, digits, dots, hyphens and underscores.",
        )


def parse_date(text: str, option: str) -> datetime:
    """Return the end of the day of a date, or the moment of a time, in UTC. Raises ConfigError."""
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text)
            moment = datetime.combine(day, time(), UTC) + timedelta(days=1, microseconds=-1)
        else:
            moment = datetime.fromisoformat(text)
        check_year(moment)
    except ValueError:
        raise ConfigError(
            f"{option} {text!r} is not a date.", hint="Write it as 2026-01-31, or with a time: 2026-01-31T12:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _origin_text(record: SourceRecord) -> str:
    if not (record.connector or record.account):
        return "of an unknown connector"
    return f"connector {record.connector or '(unknown)'}, account {record.account or '(unknown)'}"
