"""Tables on a terminal: columns that can be read, and the names of those that are left out."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.output.document import Document, TablePart
from connector_host.output.screen import Screen
from connector_host.output.table_format import write
from connector_host.output.terminal_drawing import fitted

COLUMNS = ("Principal", "Resource", "Type", "Entitlement", "Held", "Through", "ID")
ROWS = [
    (
        "Ada Lovelace",
        "Finance and controlling",
        "Vault",
        "Finance and controlling view items",
        "direct",
        "",
        "v:1" * 20,
    ),
    ("Bob", "Finance and controlling", "Vault", "manage vault", "inherited", "Engineering group member", "v:2" * 20),
]


def drawn(width, droppable=("ID", "Type"), rows=ROWS):
    table = TablePart(COLUMNS, lambda: rows, droppable=droppable)
    document = Document(parts=lambda: (table,), document=lambda: (), records=lambda: ())
    out = io.BytesIO()
    write(document, out, Screen(terminal=True, width=width))
    return out.getvalue().decode()


def test_a_narrow_terminal_leaves_out_what_matters_least_and_say_so():
    text = drawn(72)
    head = text.splitlines()[0]
    assert head.split() == ["Principal", "Resource", "Entitlement", "Held", "Through"]
    assert " ".join(text.splitlines()[-2:]).endswith("the terminal is narrow: ID, Type. `-o csv` has all columns.")
    assert "Lovelace" in text
    assert max(map(len, text.splitlines()[:-2])) <= 72


def test_as_few_as_needed_are_left_out():
    assert "narrow: ID. " in drawn(80)
    assert "Not shown" not in drawn(240)
    assert "Not shown" not in drawn(72, droppable=())


def test_a_date_is_not_broken():
    rows = [("2026-01-31T10:00:00Z", *["word " * 9] * 4, "x", "y" * 50)]
    assert "2026-01-31T10:00:00Z" in drawn(80, rows=rows)


@given(
    st.lists(st.tuples(st.integers(1, 160), st.integers(1, 40)), min_size=1, max_size=9),
    st.integers(10, 200),
)
def test_columns_fit_or_are_at_their_least(sizes, room):
    natural = [size for size, _ in sizes]
    least = [min(size, limit) for size, limit in sizes]
    columns = fitted(natural, room, least)
    assert all(low <= size <= full for low, size, full in zip(least, columns, natural, strict=True))
    assert sum(columns) <= room or columns == least


@pytest.mark.parametrize("width", [1, 20, 40])
def test_a_very_narrow_terminal_shows_a_list_with_every_column(width):
    text = "".join(drawn(width).split())
    assert "Principal:AdaLovelace" in text
    assert "ID:v:1v:1" in text
