"""JSON without the `json` module, whose import (regular expressions and all) costs more than the rest of a call."""

from _json import encode_basestring, make_scanner


class _How:
    strict = False
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


_scan = make_scanner(_How)


def loads(text):
    value, _end = _scan(text.strip(), 0)
    return value


def documents(text):
    """Every JSON value of a text, one after another."""
    text, at, found = text.strip(), 0, []
    while at < len(text):
        value, at = _scan(text, at)
        found.append(value)
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
    return found


def dumps(value, indent="\n"):
    """As `op` prints it: indented by two blanks, not escaped beyond need."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, (int, float)):
        return repr(value)
    deeper = indent + "  "
    if isinstance(value, dict):
        rows = [f"{encode_basestring(key)}: {dumps(item, deeper)}" for key, item in value.items()]
        ends = "{}"
    else:
        rows = [dumps(item, deeper) for item in value]
        ends = "[]"
    return ends[0] + ",".join(deeper + row for row in rows) + indent + ends[1] if rows else ends


def line(value):
    """In one line, for the record of calls."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{encode_basestring(key)}: {line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(line, value)) + "]"
    return dumps(value)
