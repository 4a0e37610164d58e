"""Commits of a lake: one small object for each sync, which names the Parquet files of its rows.

A reader sees what commits name, and nothing else. A commit is created once under `commits/SOURCE/SYNC.REVISION.json`,
on the condition that the key is new; the highest revision of a sync counts. A revision that is marked as removed ends
the sync.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Annotated, TypeVar
from urllib.parse import quote, unquote

import msgspec
from msgspec import Meta, Struct

from ..errors import FileError, UnsupportedFormat

__all__ = [
    "COMMITS",
    "FORMAT",
    "LAKE_FILE",
    "SOURCE_NAME",
    "CommitName",
    "DataFile",
    "LakeFormat",
    "SourceRecord",
    "SyncCommit",
    "commit_key",
    "decode_record",
    "key_part",
    "parse_commit_key",
    "source_key",
]

FORMAT = 1
LAKE_FILE, COMMITS, SOURCES = "lake.json", "commits/", "sources/"
COMMIT_KEY = re.compile(r"commits/(?P<source>[^/]+)/(?P<sync>[^/]+)\.(?P<revision>[0-9]+)\.json")
SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
NEWER = "Update connector-host on this machine: pip install -U connector-host."

# Records may come from somebody else: names become parts of paths, numbers and times are computed with.
SourceName = Annotated[str, Meta(pattern=rf"\A{SOURCE_NAME.pattern}\Z")]
DataKey = Annotated[str, Meta(pattern=r"\Adata/[A-Za-z0-9%_./-]{1,900}\Z")]
Number = Annotated[int, Meta(ge=0, le=2**53)]
Moment = Annotated[datetime, Meta(tz=True)]


class LakeFormat(Struct, frozen=True, kw_only=True):
    """The format of a lake, in `lake.json`. A version of the host reads formats up to its own."""

    format: int = FORMAT
    created_by: str = ""


class SourceRecord(Struct, frozen=True, kw_only=True):
    """The connector and account that a source name stands for, in `sources/NAME.json`."""

    name: SourceName
    connector: str = ""
    account: str = ""
    format: int = FORMAT


class DataFile(Struct, frozen=True, kw_only=True):
    """A Parquet file with rows of one table, of several syncs if `shared`.

    `sha256` is of the whole file. `columns` is the number of its columns: later versions have more.
    """

    table: str
    key: DataKey
    rows: Number
    size: Number
    sha256: str
    shared: bool = False
    columns: Number = 0


class SyncCommit(Struct, frozen=True, kw_only=True):
    """One sync in a lake: where it comes from, what it lacks, and its files.

    `added_at` is the time at which its rows were written, `committed_at` that of this revision.
    """

    source: SourceName
    sync_id: str
    revision: Number
    format: int = FORMAT
    removed: bool = False
    connector: str = ""
    connector_version: str = ""
    account: str = ""
    read_as: str = ""
    type: str = ""
    started_at: Moment | None = None
    ended_at: Moment | None = None
    added_at: Moment | None = None
    committed_at: Moment | None = None
    expanded: bool = True
    gaps: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    file_format: str = ""
    counts: dict[str, Number] = msgspec.field(default_factory=dict)
    files: tuple[DataFile, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for a time that has no neighbours, or that other time zones cannot express."""
        for moment in (self.started_at, self.ended_at, self.added_at, self.committed_at):
            if moment is not None and not MINYEAR < moment.year < MAXYEAR:
                raise ValueError(f"{moment.isoformat()} is no time of a sync")

    @property
    def key(self) -> str:
        """The key of its object."""
        return commit_key(self.source, self.sync_id, self.revision)

    @property
    def end(self) -> datetime:
        """The time at which the sync ended; only finished syncs are committed."""
        if self.ended_at is None:
            raise FileError(f"The commit {self.key} has no end time.", hint="Run `connector-host lake verify`.")
        return self.ended_at

    @property
    def size(self) -> int:
        """The bytes of its files, shared ones included."""
        return sum(file.size for file in self.files)


class CommitName(Struct, frozen=True):
    """Source, sync and revision that the key of a commit names."""

    source: str
    sync_id: str
    revision: int

    @property
    def key_prefix(self) -> str:
        """The beginning of the keys of the commits of its source."""
        return f"{COMMITS}{key_part(self.source)}/"


Record = TypeVar("Record", LakeFormat, SourceRecord, SyncCommit)


class _FormatOnly(Struct, frozen=True):
    format: int = 0


def key_part(text: str) -> str:
    """Return a text as one part of a key: letters, digits, `-` and `_`, others as %XX."""
    return quote(text, safe="").replace(".", "%2E").replace("~", "%7E")


def commit_key(source: str, sync_id: str, revision: int) -> str:
    """Return the key of a commit."""
    return f"{COMMITS}{key_part(source)}/{key_part(sync_id)}.{revision}.json"


def parse_commit_key(key: str) -> CommitName | None:
    """Return what the key of a commit names; None for a key of another form."""
    match = COMMIT_KEY.fullmatch(key)
    return CommitName(unquote(match["source"]), unquote(match["sync"]), int(match["revision"])) if match else None


def source_key(name: str) -> str:
    """Return the key of a source's record."""
    return f"{SOURCES}{key_part(name)}.json"


def decode_record(content: bytes, record_type: type[Record], label: str) -> Record:
    """Read a record. Raises UnsupportedFormat for one of a newer format, FileError for one that is damaged."""
    try:
        written = msgspec.json.decode(content, type=_FormatOnly).format
        if written > FORMAT:
            raise UnsupportedFormat(
                f"{label} is of lake format {written}; this version reads up to {FORMAT}.", hint=NEWER
            )
        return msgspec.json.decode(content, type=record_type)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise FileError(
            f"{label} is damaged: {error}",
            hint="Run `connector-host lake verify` for every fault. Then delete the object, and add its file again.",
        ) from error
