"""Searches by people: accents, case, width and spacing make no difference, every word has to match."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.index.text_search import fold_text, matches_words, search_words


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("zoe", "Zoë Ångström"),
        ("  ZOE ", "Zoë Ångström"),
        ("angstrom zoë", "Zoë Ångström"),
        ("lukasz", "Łukasz Straße"),
        ("STRASSE", "Łukasz Straße"),
        ("\uff5a\uff4f\uff45", "Zoe"),
        ("zoe", "\uff3a\uff2f\uff25"),
        ("soren", "Søren Kierkegård"),
        ("o'brien", "O\u2019Brien"),
        ("fin", "\ufb01nance"),
        ("istanbul", "\u0130stanbul"),
        ("нои", "Ной"),
        ("zoe", "Zoe\u0308"),
    ],
)
def test_a_name_is_matched_as_people_type_it(typed, name):
    assert matches_words(fold_text(name), search_words(typed))


@pytest.mark.parametrize(("typed", "name"), [("zoe bob", "Zoë"), ("か", "が"), ("zo e", "bob")])
def test_another_name_is_not_matched(typed, name):
    assert not matches_words(fold_text(name), search_words(typed))


@given(st.text())
def test_folding_is_stable_and_does_not_depend_on_the_normal_form(text):
    folded = fold_text(text)
    assert fold_text(folded) == folded
    assert fold_text(unicodedata.normalize("NFD", text)) == folded
    assert fold_text(f" {text}\t") == folded


def test_without_words_everything_matches():
    assert search_words("  ") == ()
    assert matches_words("", ())
