"""Mutations of bytes, of protobuf messages and of JSON texts.

Every function takes a `random.Random` and the content, and returns other content. Equal seeds give equal results.
"""

import json

TEXTS = (
    *("", "\x00", "\x1b[31m", "\u202e", "\ud800", "=1+1", "<b>", "a\nb", "../../etc/passwd", "user:u1", "x" * 3_000),
    *("9" * 5_000, "-1", "1e999", "nan", "2026-99-99", "%s{0}", "\U0001f600", "é" * 600, "app:a1:read"),
    *(
        "[" * 20_000,
        '{"a":' * 20_000,
        '["a", {"connector_host": []}]',
        '{"action_order": [1], "actions_map": 3}',
        "null",
    ),
)
NUMBERS = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 10**30, 1.5, 1e308)
MAY_BE_LONG = 200_000


def flip(random_, data):
    for _ in range(random_.choice((1, 1, 2, 8, 64))):
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)


def cut(random_, data):
    del data[random_.randrange(len(data)) :]


def remove(random_, data):
    start = random_.randrange(len(data))
    del data[start : start + random_.choice((1, 4, 64))]


def repeat(random_, data):
    start, size = random_.randrange(len(data)), random_.choice((1, 64, 4096))
    data[start:start] = data[start : start + size] * random_.choice((1, 1, 1, 20))


def overwrite(random_, data):
    start, size = random_.randrange(len(data)), random_.choice((1, 2, 4, 16, 300))
    size = min(size, len(data) - start)
    data[start : start + size] = random_.choice(
        (b"\x00" * size, b"\xff" * size, b"\x7f" * size, random_.randbytes(size))
    )


def swap(random_, data):
    size = random_.choice((1, 8, 128))
    first, second = random_.randrange(len(data)), random_.randrange(len(data))
    data[first : first + size], data[second : second + size] = data[second : second + size], data[first : first + size]


BYTE_MUTATIONS = (flip, flip, cut, remove, repeat, overwrite, swap)


def mutate_bytes(random_, content):
    """Change some bytes; empty content gets some."""
    data = bytearray(content or b"\x00")
    random_.choice(BYTE_MUTATIONS)(random_, data)
    return bytes(data)


# ----------------------------------------------------------------------------------------------- protobuf


def varint(number):
    number &= 2**64 - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def read_varint(data, place):
    number = shift = 0
    while place < len(data) and shift < 70:
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place
    raise ValueError


def split_message(data):
    """Split a message into [(field number, wire type, value)]. Raises ValueError."""
    fields, place = [], 0
    while place < len(data):
        tag, place = read_varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, place = read_varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, place = data[place : place + size], place + size
        elif wire == 2:
            size, place = read_varint(data, place)
            value, place = data[place : place + size], place + size
        else:
            raise ValueError
        if place > len(data) or not number:
            raise ValueError
        fields.append((number, wire, value))
    return fields


def join_message(fields):
    parts = []
    for number, wire, value in fields:
        parts.append(varint(number << 3 | wire))
        parts.append(varint(value) if wire == 0 else varint(len(value)) + value if wire == 2 else value)
    return b"".join(parts)


def mutate_message(random_, content, depth=0):
    """Change one field of a protobuf message, or of a message in it."""
    try:
        fields = split_message(content)
    except ValueError:
        fields = []
    if not fields:
        return mutate_bytes(random_, content)
    place = random_.randrange(len(fields))
    number, wire, value = fields[place]
    way = random_.randrange(8)
    if way == 0:
        del fields[place]
    elif way == 1:
        fields[place:place] = [fields[place]] * random_.choice((1, 3, 2_000))
    elif way == 2:
        fields[place] = (random_.choice((1, 2, 3, 15, 100, 2**28)), wire, value)
    elif way == 3:
        fields[place] = (number, *random_.choice(((0, 2**64 - 1), (2, b""), (5, b"\xff" * 4), (1, b"\xff" * 8))))
    elif way == 4:
        nested = value if wire == 2 else b""
        for _ in range(random_.choice((2, 50, 200))):
            nested = join_message([(number, 2, nested)])
        fields[place] = (number, 2, nested[:MAY_BE_LONG])
    elif wire == 2 and way < 7 and depth < 6:
        fields[place] = (number, 2, mutate_message(random_, value, depth + 1))
    elif wire == 2:
        fields[place] = (number, 2, random_.choice(TEXTS).encode("utf-8", "surrogatepass"))
    else:
        fields[place] = (number, wire, int(random_.choice(NUMBERS)) if wire == 0 else mutate_bytes(random_, value)[:8])
    return join_message(fields)


# ----------------------------------------------------------------------------------------------- JSON


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _places(item, (*path, name))


def _replacement(random_, value):
    nested = value
    for _ in range(random_.choice((2, 2_000))):
        nested = [nested]
    ways = (
        None,
        True,
        {},
        [],
        nested,
        random_.choice(TEXTS),
        random_.choice(NUMBERS),
        [value] * random_.choice((2, 300)),
    )
    return random_.choice(ways)


def mutate_json(random_, content):
    """Change a value, a name or the bytes of a JSON text, or of one line of it."""
    if random_.random() < 0.3:
        return mutate_bytes(random_, content)
    lines = content.splitlines()
    number = random_.randrange(len(lines))
    whole = not lines[number].startswith(b"{") or not lines[number].endswith(b"}")
    document = json.loads(content if whole else lines[number])
    path = random_.choice(list(_places(document)))
    if not path:
        document = _replacement(random_, document)
    else:
        parent = document
        for name in path[:-1]:
            parent = parent[name]
        way = random_.randrange(4)
        if way == 0:
            del parent[path[-1]]
        elif way == 1 and isinstance(parent, dict):
            parent[random_.choice(TEXTS)] = parent.pop(path[-1])
        else:
            parent[path[-1]] = _replacement(random_, parent[path[-1]])
    text = _dump(document)
    if whole:
        return text
    lines[number] = text
    if random_.random() < 0.2:
        lines.insert(random_.randrange(len(lines) + 1), random_.choice(lines))
    return b"\n".join(lines) + b"\n"


def _dump(document):
    try:
        return json.dumps(document).encode("utf-8", "surrogatepass")
    except RecursionError:
        return b"[" * 100_000
