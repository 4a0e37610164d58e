"""JSON of plain values: texts that no JSON may hold are escaped, not fatal."""

import json

from connector_host.output.document import json_bytes


def test_lone_surrogates_become_escapes():
    value = {"a\udcff": ["x\udcff", {"n": 1, "t": ("y",)}], "b": None}
    assert json.loads(json_bytes(value)) == {"a\\udcff": ["x\\udcff", {"n": 1, "t": ["y"]}], "b": None}
    assert json_bytes({"a": "ä"}) == '{"a":"ä"}'.encode()
