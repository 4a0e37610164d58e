"""What tools/reference.py reads and writes with: sources of the package as trees, and the parts of a Markdown page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["NOTE", "PACKAGE", "Source", "block", "class_part", "docstring", "literals", "page", "signature", "table"]

PACKAGE = Path(__file__).resolve().parents[1] / "connector_host"
SECTION = re.compile(r"# -{20,} (?P<title>.+)")
NOTE = "<!-- Written by tools/reference.py from the code: change it there. -->"


# ----------------------------------------------------------------------------------------------- reading sources


class Source:
    """One module of the package, as text and as a tree."""

    def __init__(self, name: str) -> None:
        self.text = (PACKAGE / name).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self._lines = self.text.encode().splitlines(keepends=True)  # columns of the tree count bytes
        self.doc = ast.get_docstring(self.tree) or ""
        marked = enumerate(self.text.splitlines(), 1)
        self._sections = [(line, found["title"]) for line, text in marked if (found := SECTION.fullmatch(text))]

    def section(self, node: ast.stmt) -> str:
        """The title of the comment line above a statement."""
        return next((title for line, title in reversed(self._sections) if line < node.lineno), "")

    def segment(self, node: ast.expr | None) -> str:
        """An expression as it is written, on one line."""
        if node is None or node.end_lineno is None:
            return ""
        lines = [*self._lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b"".join(lines).decode().split())

    def public(self, kind: Any) -> Iterator[Any]:
        """The public classes or functions of the module, in its order."""
        yield from (node for node in self.tree.body if isinstance(node, kind) and not node.name.startswith("_"))


def signature(source: Source, function: ast.FunctionDef) -> str:
    """How a function is called, on several lines where one is too short."""
    parts = []
    plain = [one for one in function.args.args if one.arg != "self"]
    defaults = [None] * (len(plain) - len(function.args.defaults)) + list(function.args.defaults)
    pairs = [*zip(plain, defaults, strict=True)]
    keywords = [*zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)]
    for number, (one, default) in enumerate([*pairs, *keywords]):
        if keywords and number == len(pairs):
            parts.append("*")
        value = f" = {source.segment(default)}" if default is not None else ""
        parts.append(f"{one.arg}: {source.segment(one.annotation)}{value}")
    gives = source.segment(function.returns)
    line = f"{function.name}({', '.join(parts)}) -> {gives}"
    if len(line) <= 100:
        return line
    return f"{function.name}(\n" + "".join(f"    {part},\n" for part in parts) + f") -> {gives}"


def docstring(node: ast.FunctionDef | ast.ClassDef) -> str:
    """What a function or class says of itself, or nothing."""
    return ast.get_docstring(node) or ""


# ----------------------------------------------------------------------------------------------- writing Markdown


def page(title: str, intro: str, parts: Iterable[str]) -> str:
    """A whole page."""
    return "\n\n".join([f"# {title}", NOTE, intro, *parts]).rstrip() + "\n"


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * len(head)) + " |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def block(text: str, language: str = "python") -> str:
    """A fenced block."""
    return f"```{language}\n{text}\n```"


def class_part(source: Source, node: ast.ClassDef, level: str = "###") -> str:
    """A class: its words, its fields or members, its public methods and properties."""
    parts = [f"{level} {node.name}", docstring(node)]
    fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)]
    rows = [(code(source.segment(one.target)), code(source.segment(one.annotation)), code(source.segment(one.value)))
            for one in fields if not source.segment(one.target).startswith("_")]  # fmt: skip
    if rows:
        parts.append(table(("field", "type", "default"), rows))
    members = [one for one in node.body if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)]
    members = [one for one in members if source.segment(one.targets[0]).isupper()]
    if members:
        shown = ", ".join(f"`{source.segment(one.targets[0])}` ({source.segment(one.value)})" for one in members)
        parts.append(f"Members: {shown}.")
    parts += _methods(source, node)
    return "\n\n".join(part for part in parts if part)


def _methods(source: Source, node: ast.ClassDef) -> Iterator[str]:
    for one in node.body:
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            is_property = any(source.segment(mark) == "property" for mark in one.decorator_list)
            shown = f"{one.name}: {source.segment(one.returns)}" if is_property else signature(source, one)
            yield f"- `{' '.join(shown.split())}`: {' '.join(docstring(one).split())}"


def literals(source: Source) -> Iterator[tuple[str, Any, str]]:
    """(name, value, the docstring below it or '') of each literal at the top of a module."""
    body = source.tree.body
    for node, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            words = below.value if isinstance(below, ast.Expr) else None
            text = words.value if isinstance(words, ast.Constant) and isinstance(words.value, str) else ""
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            yield node.targets[0].id, value, " ".join(text.split())
