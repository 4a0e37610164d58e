"""Reviews of small files, the workbooks made of them, and decisions filled in as a spreadsheet program does."""

import datetime
from contextlib import contextmanager

import pytest

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra xlsx")
pytest.importorskip("xlsxwriter", reason="needs the extra xlsx")


class Workbook:
    """A workbook as openpyxl reads it: `rows(sheet)` are dicts by title, `fill` and `edit` change and save it."""

    def __init__(self, path):
        self.path = path
        self._lines = {}

    @property
    def book(self):
        return openpyxl.load_workbook(self.path)

    def rows(self, name):
        head, *rows = self.book[name].iter_rows(values_only=True)
        titles = [str(title).partition(" (")[0] for title in head]
        return [{title: "" if cell is None else cell for title, cell in zip(titles, row, strict=True)} for row in rows]

    def fill(self, decisions, *, reviewer="Rita", day=None, note=""):
        """Write decisions: grant id or row id -> word."""
        day = datetime.date.today() if day is None else day
        self.edit(
            {
                grant: {"Decision": word, "Reviewer": reviewer, "Date": day, "Note": note}
                for grant, word in decisions.items()
            }
        )

    def edit(self, changes, sheet="Review"):
        """Write cells: grant id or row id -> {title: value}."""
        book = self.book
        page = book[sheet]
        at = {cell.value.partition(" (")[0]: cell.column for cell in page[1]}
        done = set()
        for line in range(2, page.max_row + 1):
            grant = page.cell(line, at.get("Grant ID") or at["Row ID"]).value
            for title, value in changes.get(grant, {}).items():
                page.cell(line, at[title]).value = value
                done.add(grant)
        assert done == set(changes)
        book.save(self.path)

    def line(self, grant, sheet="Review"):
        """In which row of the sheet a grant, or a row by its id, was at first."""
        if sheet not in self._lines:
            rows = enumerate(self.rows(sheet), 2)
            self._lines[sheet] = {row.get("Grant ID") or row["Row ID"]: number for number, row in rows}
        return self._lines[sheet][grant]


@pytest.fixture(scope="session")
def _small_file():
    return []


@pytest.fixture
def sync_file(make_c1z, organisation, tmp_path, _small_file):
    """The small file; it is made once."""
    if not _small_file:
        _small_file.append(make_c1z(organisation).read_bytes())
    path = tmp_path / "sync.c1z"
    path.write_bytes(_small_file[0])
    return path


@pytest.fixture
def reviewed():
    """`with reviewed(path, ..., order=, unit=, **wanted) as review`; the unit is a single grant by default."""
    from connector_host.review.review_files import ReviewRequest, open_review
    from connector_host.review.review_model import ReviewOrder, ReviewUnit

    @contextmanager
    def make(*paths, order="principal", unit="grant", **wanted):
        with open_review(ReviewRequest(tuple(paths), **wanted), ReviewOrder(order), ReviewUnit(unit)) as review:
            yield review

    return make


@pytest.fixture
def workbook(reviewed, tmp_path):
    """`workbook(path, ...)`: the `Workbook` of a review of these files."""
    from connector_host.review.workbooks.workbook import write

    def make(*paths, name="review.xlsx", **wanted):
        out = tmp_path / name
        with reviewed(*paths, **wanted) as review, out.open("wb") as file:
            write(review, file)
        return Workbook(out)

    make.book = Workbook
    return make
