"""The content of a page before it is HTML, CSV or JSON, and the request for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from ..errors import NotFoundInFile
from ..index.object_search import RowWindow

__all__ = [
    "SIZES",
    "Cell",
    "FilterChoice",
    "MatrixGrid",
    "PageColumn",
    "PageContent",
    "PageLink",
    "PageQuery",
    "PageTable",
    "PathSteps",
    "address",
    "check_choices",
]

SIZES = (25, 50, 100, 250)
DEFAULT_SIZE = 50
MOST_ROWS = 1 << 40
OWN_PARAMETERS = frozenset({"page", "size", "sort", "desc", "format"})


def address(key: str, name: str, form: str = "", **parameters: object) -> str:
    """Return the address of a page, relative to any other page: `../../s/SYNC/NAME[.FORM]?PARAMETERS`.

    Empty parameters are left out.
    """
    values = {name: str(value) for name, value in parameters.items() if value not in (None, "", False)}
    query = f"?{urlencode(values, errors='replace')}" if values else ""
    return f"../../s/{quote(key, safe='')}/{name}{'.' + form if form else ''}{query}"


class PageQuery(Struct, frozen=True):
    """A request for a page: its name and parameters, all untrusted text. `file_part` is set for a file download."""

    key: str
    name: str
    parameters: Mapping[str, str]
    file_part: RowWindow | None = None

    def text(self, name: str) -> str:
        """Return a parameter, empty if it is missing."""
        return self.parameters.get(name, "")

    def optional(self, name: str) -> str | None:
        """Return a parameter, None if it is missing or empty."""
        return self.parameters.get(name) or None

    def choice(self, name: str, options: Iterable[tuple[str, str]]) -> str | None:
        """Return a parameter if it is one of the values of these (value, text) pairs, else None."""
        return next((value for value, _ in options if value and value == self.parameters.get(name)), None)

    def number(self, name: str, default: int, least: int = 1, most: int = MOST_ROWS) -> int:
        """Return a number between `least` and `most`; the default for text that is no number."""
        word = self.parameters.get(name, "")
        value = int(word) if word.isascii() and word.isdigit() and len(word) < 12 else default
        return min(max(value, least), most)

    @property
    def size(self) -> int:
        """The number of rows on a page."""
        size = self.number("size", DEFAULT_SIZE)
        return size if size in SIZES else DEFAULT_SIZE

    @property
    def part(self) -> RowWindow:
        """The rows to list: sort column, direction, offset and limit."""
        if self.file_part is not None:
            return RowWindow(self.text("sort"), bool(self.text("desc")), self.file_part.offset, self.file_part.limit)
        offset = (self.number("page", 1) - 1) * self.size
        return RowWindow(self.text("sort"), bool(self.text("desc")), min(offset, MOST_ROWS), self.size)

    def url(self, form: str = "", **changes: object) -> str:
        """Return the address of this page with some parameters changed; the page number is dropped unless passed."""
        unchanged = {name: value for name, value in self.parameters.items() if name not in {"page", "format", *changes}}
        return address(self.key, self.name, form, **unchanged, **changes)


class Cell(Struct, frozen=True):
    """A text, the address it links to, short words beside it (`tags`), and the id of the object it names.

    `spoken` continues the text for users of a screen reader.
    """

    text: str
    href: str = ""
    tags: tuple[str, ...] = ()
    id: str = ""
    spoken: str = ""


class PageLink(Struct, frozen=True):
    """A link; `current` marks the page itself."""

    text: str
    href: str = ""
    current: bool = False


class PageColumn(Struct, frozen=True):
    """A column: `key` names it in JSON; `sort` is the sort key that a click on its heading selects.

    `ids`: downloads also hold the ids of the cells. `screen`: the column is left out of downloads.
    """

    key: str
    title: str
    sort: str = ""
    number: bool = False
    ids: bool = False
    screen: bool = False


class PageTable(Struct, frozen=True):
    """Rows of cells; `total` counts the rows of the complete list, `empty` is shown when there are none.

    `more` links to the complete list where the table is only its beginning.
    """

    columns: tuple[PageColumn, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: int
    title: str = ""
    empty: str = "No rows."
    paged: bool = False
    default_sort: str = ""
    more: PageLink | None = None


class FilterChoice(Struct, frozen=True):
    """A filter with (value, text) options, the first of which selects everything.

    `open_ended`: other values exist, too; the page checks them itself.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str
    open_ended: bool = False


def check_choices(choices: Iterable[FilterChoice], request: PageQuery) -> None:
    """Raise NotFoundInFile for a value of a filter that does not exist: ignored, it would show everything."""
    for choice in choices:
        value = request.text(choice.name)
        values = [option for option, _ in choice.options if option]
        if value and not choice.open_ended and value not in values:
            raise NotFoundInFile(
                f"The filter {choice.label!r} has no value {value!r}.", hint=f"It has: {', '.join(values)}."
            )


class PathSteps(Struct, frozen=True):
    """One path that gives access: a heading and the steps in order."""

    title: str
    steps: tuple[Cell, ...]


class MatrixGrid(Struct, frozen=True):
    """A table of principals (rows) and resources (columns) with the held entitlements in its cells."""

    heads: list[Cell]
    rows: list[tuple[Cell, list[Cell]]]
    total_rows: int
    total_heads: int
    across: int
    across_size: int


class PageContent(Struct, frozen=True, kw_only=True):
    """The content of a page. CSV and JSON hold `tables[0]`; `command` returns the same rows on the command line."""

    title: str
    subtitle: str = ""
    crumbs: tuple[PageLink, ...] = ()
    tags: tuple[str, ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    numbers: tuple[tuple[str, Cell, str], ...] = ()
    tabs: tuple[PageLink, ...] = ()
    search: str | None = None
    choices: tuple[FilterChoice, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    tables: tuple[PageTable, ...] = ()
    paths: tuple[PathSteps, ...] = ()
    matrix: MatrixGrid | None = None
    graph: str = ""
    notes: tuple[str, ...] = ()
    command: str = ""
    forms: tuple[str, ...] = ("csv", "json")
    waiting: str = ""
    section: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
