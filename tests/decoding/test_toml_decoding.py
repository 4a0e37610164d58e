"""TOML from outside: every fault of it is a ValueError, soon and in little memory."""

import tracemalloc

import pytest

from connector_host.decoding.toml_decoding import decode_toml

SMALL = 64 << 20  # bytes


def test_a_text_is_decoded():
    assert decode_toml(b'[a]\nb = ["c", 1.5]\n[d."e.f"]\n') == {"a": {"b": ["c", 1.5]}, "d": {"e.f": {}}}


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        b"a = ",
        b"a = " + b"[" * 15_000,
        b"x = {a = " * 1_500,
        b"[" + b"a." * 9_000 + b"a]",
        b"a." * 20_000 + b"a = 1",
        b"x = " + b"9" * 5_000,
    ],
)
def test_every_fault_of_a_text_is_a_value_error(text):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="."):
            decode_toml(text)
        assert tracemalloc.get_traced_memory()[1] < SMALL
    finally:
        tracemalloc.stop()
