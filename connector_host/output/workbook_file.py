"""Excel workbooks, written in constant memory. Needs XlsxWriter, which the extra `xlsx` installs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..c1z.private_folder import private_folder
from ..errors import ConfigError, FileError

__all__ = ["open_workbook"]


class _Sink:
    """The output file of a workbook. After a write has failed, and after the workbook was dropped, all else is ignored.

    The archive of a workbook that failed is closed by its destructor, which writes again and would print a traceback.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out: BinaryIO | None = out
        self._position = out.tell()
        self.error: OSError | None = None

    def drop(self) -> None:
        self._out = None

    def write(self, data: bytes) -> int:
        if self._out is not None:
            with self._failing():
                self._out.write(data)
        self._position += len(data)
        return len(data)

    def flush(self) -> None:
        if self._out is not None:
            with self._failing():
                self._out.flush()

    def seek(self, offset: int, whence: int = 0) -> int:
        if self._out is not None:
            self._position = self._out.seek(offset, whence)
        elif whence == 0:
            self._position = offset
        return self._position

    def tell(self) -> int:
        return self._position

    def seekable(self) -> bool:
        return True

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error, self._out = error, None
            raise


@contextmanager
def open_workbook(out: BinaryIO, settings: dict[str, Any]) -> Iterator[Any]:
    """Open a workbook that is written to `out` when the block succeeds; its rows wait in a private temporary directory.

    Raises ConfigError if XlsxWriter is not installed, FileError if the temporary rows cannot be written, and OSError if
    `out` cannot.
    """
    try:
        import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
        from xlsxwriter.exceptions import XlsxFileError  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "A workbook (.xlsx) needs the package XlsxWriter.", hint="Install it: pip install 'connector-host[xlsx]'."
        ) from None
    sink = _Sink(out)
    with private_folder(None) as folder:
        book = xlsxwriter.Workbook(sink, {"constant_memory": True, "tmpdir": str(folder), **settings})
        try:
            yield book
            book.close()
            sink.flush()
        except (XlsxFileError, OSError) as error:
            if sink.error is not None:
                raise sink.error from None
            raise _no_room(folder, error) from error
        finally:
            sink.drop()
            _drop(book)


def _drop(book: Any) -> None:
    """Close the temporary files of the rows; XlsxWriter closes them only after success."""
    for sheet in book.worksheets():
        if (file := getattr(sheet, "row_data_fh", None)) is not None:
            with suppress(OSError, ValueError):
                file.close()


def _no_room(folder: Path, error: Exception) -> FileError:
    cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else error  # XlsxWriter wraps it
    reason = cause.strerror if isinstance(cause, OSError) else cause
    return FileError(
        f"the rows of the workbook cannot be written to {folder.parent} ({reason})",
        hint="Set TMPDIR to a directory with more space.",
    )
