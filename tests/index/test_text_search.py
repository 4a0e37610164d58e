"""Searches by people: accents, case, width and spacing make no difference, every word has to match."""

import json
import shutil
import subprocess
import unicodedata
from pathlib import Path

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


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the script of the review page")
def test_the_review_page_folds_texts_in_the_same_way():
    path = Path(__file__).resolve().parents[2] / "connector_host" / "review" / "pages" / "page_files" / "data.js"
    script = path.read_text(encoding="utf-8")
    functions = script[script.index("const PLAIN_LETTERS") : script.index("// Create an element")]
    letters = [chr(code) for code in range(0x20, 0x0530)] + [chr(code) for code in range(0x1E00, 0x2020)]
    letters = [letter for letter in letters if letter.isalpha() or letter.isspace()]
    texts = [
        *letters,
        "  Zoë  ÅNGSTRÖM ",
        "Łukasz Straße",
        "\uff3a\uff2f\uff25",
        "\u0130stanbul",
        "Ζωή Παπαδάκης",
        "\ufb01n",
    ]
    program = f"{functions}\nconsole.log(JSON.stringify({json.dumps(texts)}.map(fold)));"
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    differing = {
        text: (fold_text(text), folded)
        for text, folded in zip(texts, json.loads(done.stdout), strict=True)
        if folded != fold_text(text)
    }
    assert differing == {}
