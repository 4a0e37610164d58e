"""Shortened names and labels."""

import time

import pytest

from connector_host.graph.labels import fit_label, short_label, shorten_middle


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Engineering", "Engineering"),
        ("Production secrets of Europe", "Produc…Europe"),
        ("A" * 13, "A" * 13),
        ("日本語の長い名前です", "日本語…前です"),
        ("", ""),
    ],
)
def test_a_long_name_is_shortened_in_the_middle(text, short):
    assert shorten_middle(text, 13) == short


def test_a_long_list_ends_with_a_number():
    assert short_label("view, edit") == "view, edit"
    assert short_label(", ".join(f"p{number}" for number in range(100))) == "p0, p1, p2, p3 +96"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("view, edit", "view, edit"),
        ("view, edit, manage, delete", "view, edit +2"),
        ("copy and share items", "copy a…items"),
        ("copy and share items, edit", "copy…tems +1"),
    ],
)
def test_as_many_names_as_fit(text, label):
    assert fit_label(text, 13) == label


@pytest.mark.parametrize("text", ["x" * 3_000_000, "表" * 1_000_000, "a, " * 1_000_000, ", " * 1_000_000])
def test_a_name_of_megabytes_takes_no_time(text):
    started = time.process_time()
    assert len(shorten_middle(text, 30)) <= 30
    assert len(fit_label(text, 30)) <= 30
    assert time.process_time() - started < 1
