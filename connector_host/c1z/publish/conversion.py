"""The conversion of a sync of a file of one format into a file of the other."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from ...errors import ConfigError
from ...wire.v3.format_losses import FormatLoss
from .. import container
from ..durable_files import deliver_new_file, taken_name
from ..private_folder import private_folder
from ..sqlite_connections import DRAFT, open_database
from ..v3.file_writer import pack_sync
from ..v3.sync_entries import build_indexes
from ..v3.tables import unpack_tables
from . import output_file
from .unpacked_syncs import copy_syncs, damage_errors

__all__ = ["ConversionResult", "convert"]

FORMATS = {"v1": container.FileFormat.V1, "v3": container.FileFormat.V3}


class ConversionResult(Struct, frozen=True, kw_only=True):
    """The result of a conversion. `lost` counts the values without a place in the new format, `size` is in bytes."""

    size: int
    lost: dict[FormatLoss, int]
    omitted_syncs: tuple[str, ...] = ()


def convert(path: Path, out: Path, to: str, sync_id: str) -> ConversionResult:
    """Write sync `sync_id` of the file at `path` into a new file at `out`, of the format `to` (v1 or v3).

    `path` is left as it is. Raises FileError (also when `out` exists), UnsupportedFormat; ConfigError for a file that
    has that format already.
    """
    detected = container.sniff(path)
    if detected.format is FORMATS[to]:
        raise ConfigError(
            f"{path} has format {to} already",
            hint=f"To copy one sync of it: `connector-host export c1z -f {shlex.quote(str(path))} --out NEW`.",
        )
    if detected.format not in FORMATS.values():
        raise container.refusal(path, detected)
    target = output_file.check_output(out)
    if target.exists():
        raise taken_name(out)
    with private_folder(target.parent) as folder:
        database, packed = folder / "db", folder / "packed"
        if to == "v1":
            with damage_errors(path):
                lost = unpack_tables(path, database)
            result = ConversionResult(size=container.pack(database, packed), lost=lost)
        else:
            _, omitted_syncs = copy_syncs(path, database, sync_id, alone=True)
            with damage_errors(path):
                with closing(open_database(database, DRAFT)) as db:
                    build_indexes(db, sync_id)
                written = pack_sync(database, packed, sync_id)
            result = ConversionResult(size=written.size, lost=written.lost, omitted_syncs=omitted_syncs)
        deliver_new_file(packed, target, out)
    return result
