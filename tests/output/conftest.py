"""Answers written to memory."""

import io

import pytest

from connector_host.output.document import Document, TablePart, TextPart, TreePart, json_bytes, json_list
from connector_host.output.screen import Screen
from connector_host.output.writers import find_writer


@pytest.fixture
def written():
    """`written(answer, "csv")`: what the format writes, as text."""

    def write(answer, name, **screen):
        out = io.BytesIO()
        find_writer(name)(answer, out, Screen(**screen))
        return out.getvalue().decode()

    return write


@pytest.fixture
def answer_of():
    """An answer made of rows, lines and a tree."""

    def answer(rows=(), *, columns=("Name", "Count"), lines=(), tree=None, title="", numbers=("Count",)):
        rows = [tuple(row) for row in rows]
        table = TablePart(columns, lambda: iter(rows), "Rows" if lines else "", frozenset(numbers))
        parts = [*([TextPart(tuple(lines))] if lines else []), *([tree] if tree else []), table]
        items = [json_bytes(dict(zip(columns, row, strict=True))) for row in rows]
        return Document(
            parts=lambda: iter(parts),
            document=lambda: json_list("rows", items),
            records=lambda: iter(items),
            title=title,
        )

    return answer


@pytest.fixture
def tree():
    return TreePart("root", (TreePart("one", (TreePart("deep"),)), TreePart("two")))
