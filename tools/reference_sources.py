"""Sources of the package as syntax trees, and parts of a Markdown page, for tools/reference.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = [
    "NOTE",
    "PACKAGE",
    "SourceModule",
    "block",
    "class_part",
    "docstring",
    "literals",
    "page",
    "signature",
    "table",
]

PACKAGE = Path(__file__).resolve().parents[1] / "connector_host"
SECTION = re.compile(r"# -{20,} (?P<title>.+)")
NOTE = "<!-- Written by tools/reference.py from the code: change it there. -->"


# ----------------------------------------------------------------------------------------------- reading sources


class SourceModule:
    """One module of the package, as text and as a tree."""

    def __init__(self, name: str) -> None:
        self.text = (PACKAGE / name).read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self._lines = self.text.encode().splitlines(keepends=True)  # columns of the tree count bytes
        self.doc = ast.get_docstring(self.tree) or ""
        marked = enumerate(self.text.splitlines(), 1)
        self._sections = [(line, match["title"]) for line, text in marked if (match := SECTION.fullmatch(text))]

    def section(self, node: ast.stmt) -> str:
        """Return the title of the section that a statement is in."""
        return next((title for line, title in reversed(self._sections) if line < node.lineno), "")

    def segment(self, node: ast.expr | None) -> str:
        """Return the source of an expression, on one line."""
        if node is None or node.end_lineno is None:
            return ""
        lines = [*self._lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return " ".join(b"".join(lines).decode().split())

    def public(self, classes: Any) -> Iterator[Any]:
        """Yield the public classes or functions of the module in their order."""
        yield from (node for node in self.tree.body if isinstance(node, classes) and not node.name.startswith("_"))


def signature(source: SourceModule, function: ast.FunctionDef) -> str:
    """Return the signature of a function, on several lines if it is long."""
    parts = []
    plain = [argument for argument in function.args.args if argument.arg not in ("self", "cls")]
    defaults = [None] * (len(plain) - len(function.args.defaults)) + list(function.args.defaults)
    pairs = [*zip(plain, defaults, strict=True)]
    keywords = [*zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)]
    for number, (argument, default) in enumerate([*pairs, *keywords]):
        if keywords and number == len(pairs):
            parts.append("*")
        value = f" = {source.segment(default)}" if default is not None else ""
        parts.append(f"{argument.arg}: {source.segment(argument.annotation)}{value}")
    gives = source.segment(function.returns)
    line = f"{function.name}({', '.join(parts)}) -> {gives}"
    if len(line) <= 100:
        return line
    return f"{function.name}(\n" + "".join(f"    {part},\n" for part in parts) + f") -> {gives}"


def docstring(node: ast.FunctionDef | ast.ClassDef) -> str:
    """Return the docstring of a function or class, "" if there is none."""
    return ast.get_docstring(node) or ""


# ----------------------------------------------------------------------------------------------- writing Markdown


def page(title: str, intro: str, parts: Iterable[str]) -> str:
    """Return a page."""
    return "\n\n".join([f"# {title}", NOTE, intro, *parts]).rstrip() + "\n"


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * len(head)) + " |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def block(text: str, language: str = "python") -> str:
    """Return a fenced block."""
    return f"```{language}\n{text}\n```"


def class_part(source: SourceModule, node: ast.ClassDef, level: str = "###") -> str:
    """Return the part about a class: description, fields or members, public methods and properties."""
    parts = [f"{level} {node.name}", docstring(node)]
    annotated = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    fields = [[source.segment(part) for part in (item.target, item.annotation, item.value)] for item in annotated]
    rows = [map(code, field) for field in fields if not field[0].startswith("_")]
    if rows and any(keyword.arg == "kw_only" for keyword in node.keywords):
        parts.append("Its fields are keyword arguments.")
    if rows:
        parts.append(table(("field", "type", "default"), rows))
    members = [
        member for member in node.body if isinstance(member, ast.Assign) and isinstance(member.targets[0], ast.Name)
    ]
    members = [member for member in members if source.segment(member.targets[0]).isupper()]
    if members:
        shown = ", ".join(
            f"`{source.segment(member.targets[0])}` ({source.segment(member.value)})" for member in members
        )
        parts.append(f"Members: {shown}.")
    parts += _methods(source, node)
    return "\n\n".join(part for part in parts if part)


def _methods(source: SourceModule, node: ast.ClassDef) -> Iterator[str]:
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
            is_property = any(source.segment(mark) == "property" for mark in member.decorator_list)
            shown = f"{member.name}: {source.segment(member.returns)}" if is_property else signature(source, member)
            yield f"- `{' '.join(shown.split())}`: {' '.join(docstring(member).split())}"


def literals(source: SourceModule) -> Iterator[tuple[str, Any, str]]:
    """(name, value, the docstring below it or '') of each literal at the top of a module."""
    body = source.tree.body
    for node, below in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            words = below.value if isinstance(below, ast.Expr) else None
            text = words.value if isinstance(words, ast.Constant) and isinstance(words.value, str) else ""
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            yield node.targets[0].id, value, " ".join(text.split())
