"""What a page says, before it is HTML, CSV or JSON: a sheet of facts and tables, and what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from ..index.object_search import PageRequest as Part

__all__ = [
    "SIZES",
    "Cell",
    "FilterChoice",
    "MatrixGrid",
    "PageColumn",
    "PageContent",
    "PageLink",
    "PageRequest",
    "PageTable",
    "PathSteps",
    "address",
]

SIZES = (25, 50, 100, 250)
DEFAULT_SIZE = 50
MOST_ROWS = 1 << 40
OWN_PARAMETERS = frozenset({"page", "size", "sort", "desc", "format"})


def address(key: str, name: str, form: str = "", **parameters: object) -> str:
    """The address of a page: `/s/SYNC/NAME[.FORM]?PARAMETERS`; empty parameters are left out."""
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "", False)}
    query = f"?{urlencode(given, errors='replace')}" if given else ""
    return f"/s/{quote(key, safe='')}/{name}{'.' + form if form else ''}{query}"


class PageRequest(Struct, frozen=True):
    """A question: the page's name and its parameters, all text from outside. `whole`: for a file, not a screen."""

    key: str
    name: str
    given: Mapping[str, str]
    whole: Part | None = None

    def text(self, name: str) -> str:
        """A parameter, empty if it is not given."""
        return self.given.get(name, "")

    def optional(self, name: str) -> str | None:
        """A parameter, None if it is not given or empty."""
        return self.given.get(name) or None

    def choice(self, name: str, options: Iterable[tuple[str, str]]) -> str | None:
        """A parameter that is one of these (value, text); None if it is none of them, or empty."""
        return next((value for value, _ in options if value and value == self.given.get(name)), None)

    def number(self, name: str, default: int, least: int = 1, most: int = MOST_ROWS) -> int:
        """A number; the default for what is none."""
        word = self.given.get(name, "")
        value = int(word) if word.isascii() and word.isdigit() and len(word) < 12 else default
        return min(max(value, least), most)

    @property
    def size(self) -> int:
        """Rows on a page."""
        size = self.number("size", DEFAULT_SIZE)
        return size if size in SIZES else DEFAULT_SIZE

    @property
    def part(self) -> Part:
        """Which rows of the list."""
        if self.whole is not None:
            return Part(self.text("sort"), bool(self.text("desc")), self.whole.offset, self.whole.limit)
        offset = (self.number("page", 1) - 1) * self.size
        return Part(self.text("sort"), bool(self.text("desc")), min(offset, MOST_ROWS), self.size)

    def url(self, form: str = "", **changes: object) -> str:
        """The address of this page with some parameters changed; the page number stays only when it is named."""
        kept = {name: value for name, value in self.given.items() if name not in {"page", "format", *changes}}
        return address(self.key, self.name, form, **kept, **changes)


class Cell(Struct, frozen=True):
    """A text, where it leads, short words beside it that say what is special (`tags`), the id of what it names.

    `spoken` goes on with the text for those who hear the page.
    """

    text: str
    href: str = ""
    tags: tuple[str, ...] = ()
    id: str = ""
    spoken: str = ""


class PageLink(Struct, frozen=True):
    """A place to go. `current`: here."""

    text: str
    href: str = ""
    current: bool = False


class PageColumn(Struct, frozen=True):
    """`key` names the column in JSON; `sort` is what the list is sorted by when its head is clicked.

    `ids`: files have the ids of the cells, too. `screen`: the column is for screens only.
    """

    key: str
    title: str
    sort: str = ""
    number: bool = False
    ids: bool = False
    screen: bool = False


class PageTable(Struct, frozen=True):
    """Rows under heads; `total` is how many the whole list has. `empty` is said when there is none.

    `more` leads to the whole list, where this is only its beginning.
    """

    columns: tuple[PageColumn, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: int
    title: str = ""
    empty: str = "Nothing here."
    paged: bool = False
    default_sort: str = ""
    more: PageLink | None = None


class FilterChoice(Struct, frozen=True):
    """A filter: (value, text) each, the first one for all."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    value: str


class PathSteps(Struct, frozen=True):
    """One path of a `why`: what each step says, in order."""

    title: str
    steps: tuple[Cell, ...]


class MatrixGrid(Struct, frozen=True):
    """Principals down, resources across, what is held where they meet."""

    heads: list[Cell]
    rows: list[tuple[Cell, list[Cell]]]
    total_rows: int
    total_heads: int
    across: int
    across_size: int


class PageContent(Struct, frozen=True, kw_only=True):
    """A page. `tables[0]` is what CSV and JSON hold; `command` gives the same answer on the command line."""

    title: str
    kind: str = ""
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
