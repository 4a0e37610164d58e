"""JSON from outside: every fault of it is a ValueError."""

import pytest

from connector_host.decoding.json_decoding import decode_json


def test_a_text_is_decoded_to_the_type():
    assert decode_json('{"a": [1, "b"]}') == {"a": [1, "b"]}
    assert decode_json(b'["a"]', list[str]) == ["a"]


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, '{"a":' * 100_000, '"\\ud800"', "\ud800", b'"\xff"', "1" * 10_000 + "x", "NaN"]
)
def test_every_fault_of_a_text_is_a_value_error(text):
    with pytest.raises(ValueError, match="."):
        decode_json(text)


def test_another_type_is_a_value_error():
    with pytest.raises(ValueError, match="Expected `str`, got `int`"):
        decode_json("[1]", list[str])
