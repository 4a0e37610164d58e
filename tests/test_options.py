"""How a value is found for an option: the law of precedence, the types, and what is said when it goes wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host import ConfigError, Option, Options, OptionType, Secret, Source
from connector_host.errors import PluginError
from connector_host.options import env_name, resolve

WORD = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)
NAMES = st.lists(WORD, min_size=1, max_size=3).map("-".join)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


def find(option, *, flags=None, environ=None, file=None, prompt=None):
    """(value, source) of one option."""
    options = resolve([option], flags=flags or {}, environ=environ or {}, file=file or {}, prompt=prompt)
    return options[option.name], options.source(option.name)


# --------------------------------------------------------------------------------------------- precedence


@given(
    name=NAMES,
    flag=st.none() | TEXTS,
    variable=st.none() | TEXTS,
    second=st.none() | TEXTS,
    file=st.none() | TEXTS,
    default=st.none() | TEXTS,
    answer=TEXTS,
    secret=st.booleans(),
)
def test_flag_then_environment_then_file_then_default_then_prompt(
    name, flag, variable, second, file, default, answer, secret
):
    option = Option(name=name, default=default, secret=secret, required=True, env=("OLD_NAME",))
    environ = {env_name(name): variable, "OLD_NAME": second}
    given_values = {
        "flags": {} if flag is None else {name: flag},
        "environ": {key: value for key, value in environ.items() if value is not None},
        "file": {} if file is None else {name: file},
    }
    ranked = [
        (flag, Source.FLAG),
        (variable, Source.ENVIRONMENT),
        (second, Source.ENVIRONMENT),
        (file, Source.FILE),
        (default, Source.DEFAULT),
        (answer, Source.PROMPT),
    ]
    expected, source = next(pair for pair in ranked if pair[0] is not None)
    found, where = find(option, prompt=lambda _option: answer, **given_values)
    assert (found.reveal() if secret else found, where) == (expected, source)
    assert isinstance(found, Secret) == secret


@given(NAMES)
def test_an_empty_variable_is_not_set(name):
    assert find(Option(name=name, default="x"), environ={env_name(name): ""}) == ("x", Source.DEFAULT)


def test_an_empty_flag_is_a_value_but_an_empty_secret_is_none():
    assert find(Option(name="a", default="x"), flags={"a": ""}) == ("", Source.FLAG)
    with pytest.raises(ConfigError, match="a is required"):
        find(Option(name="a", secret=True, required=True), flags={"a": ""})


def test_environment_names_are_those_of_the_go_connectors():
    assert env_name("auth-type") == "BATON_AUTH_TYPE"
    assert Option(name="auth-type").flag == "--auth-type"


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a--b", "1a", "a b", "ä"])
def test_a_name_that_makes_no_flag_or_variable_is_refused(name):
    with pytest.raises(ConfigError, match="lower-case words"):
        Option(name=name)


# --------------------------------------------------------------------------------------------- types


@given(st.integers())
def test_whole_numbers(number):
    option = Option(name="n", type=OptionType.INT)
    assert option.parse(number, "x") == option.parse(str(number), "x") == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers(number):
    option = Option(name="n", type=OptionType.FLOAT)
    assert option.parse(number, "x") == option.parse(repr(number), "x") == number


@given(st.lists(st.text(st.characters(exclude_characters=",", codec="utf-8"), min_size=1), max_size=5))
def test_lists_are_commas_or_toml_arrays(items):
    option = Option(name="n", type=OptionType.STRINGS)
    kept = tuple(item.strip() for item in items if item.strip())
    assert option.parse(",".join(items), "x") == option.parse(items, "x") == option.parse(tuple(items), "x") == kept


@pytest.mark.parametrize(
    ("raw", "value"),
    [(True, True), ("yes", True), ("On", True), ("1", True), (False, False), ("no", False), ("0", False)],
)
def test_truth_values(raw, value):
    assert Option(name="n", type=OptionType.BOOL).parse(raw, "x") is value


def test_paths(monkeypatch):
    option = Option(name="n", type=OptionType.PATH)
    monkeypatch.setenv("HOME", "/home/alice")
    assert option.parse("~/a", "x") == Path("/home/alice/a")
    assert option.parse(Path("b"), "x") == Path("b")


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (OptionType.INT, "x"),
        (OptionType.INT, ""),
        (OptionType.INT, "1.5"),
        (OptionType.INT, 1.5),
        (OptionType.INT, True),
        (OptionType.INT, None),
        (OptionType.INT, []),
        (OptionType.INT, "9" * 5000),
        (OptionType.FLOAT, "x"),
        (OptionType.FLOAT, True),
        (OptionType.FLOAT, "nan"),
        (OptionType.FLOAT, "inf"),
        (OptionType.FLOAT, 10**400),
        (OptionType.FLOAT, {}),
        (OptionType.BOOL, "maybe"),
        (OptionType.BOOL, 2),
        (OptionType.STR, 5),
        (OptionType.STR, True),
        (OptionType.STR, ["a"]),
        (OptionType.STRINGS, 5),
        (OptionType.STRINGS, [5]),
        (OptionType.STRINGS, {"a": 1}),
        (OptionType.PATH, 5),
        (OptionType.PATH, ""),
        (OptionType.PATH, "a\0b"),
        (OptionType.PATH, "~no-such-user-here/a"),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_that_says_where(kind, raw):
    with pytest.raises(ConfigError, match=r"^here: .* is not (a|true)"):
        Option(name="n", type=kind).parse(raw, "here")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from(OptionType), JUNK)
def test_whatever_a_file_holds_is_a_value_of_the_type_or_a_clear_error(kind, raw):
    types = {
        OptionType.STR: str,
        OptionType.INT: int,
        OptionType.FLOAT: float,
        OptionType.BOOL: bool,
        OptionType.STRINGS: tuple,
        OptionType.PATH: Path,
    }
    try:
        value = Option(name="n", type=kind).parse(raw, "here")
    except ConfigError as error:
        assert error.message.startswith("here: ")  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(value, types[kind])


def test_choices():
    option = Option(name="mode", choices=("user", "service"))
    assert option.parse("user", "x") == "user"
    with pytest.raises(ConfigError, match="--mode: 'root' is not one of user, service"):
        option.parse("root", "--mode")
    several = Option(name="kinds", type=OptionType.STRINGS, choices=("a", "b"))
    assert several.parse("a,b", "x") == ("a", "b")
    with pytest.raises(ConfigError, match="'c' is not one of a, b"):
        several.parse("a,c", "x")
    assert Option(name="n", type=OptionType.INT, choices=("1", "2")).parse("2", "x") == 2


def test_a_check_says_what_is_wrong():
    option = Option(name="n", type=OptionType.INT, check=lambda value: "must be even" if value % 2 else None)
    assert option.parse("4", "x") == 4
    with pytest.raises(ConfigError, match="--n: must be even"):
        option.parse("5", "--n")


@given(TEXTS)
def test_a_wrong_secret_is_not_shown(text):
    text = f"xyzzy{text}"
    option = Option(name="password", secret=True, choices=("other",))
    with pytest.raises(ConfigError) as failure:
        option.parse(text, "--password")
    assert text not in str(failure.value)
    assert "xyzzy" not in str(failure.value)


# --------------------------------------------------------------------------------------------- required


def test_a_missing_required_value_names_flag_and_variable():
    with pytest.raises(ConfigError, match="address is required") as failure:
        find(Option(name="address", required=True))
    assert "--address" in failure.value.hint
    assert "BATON_ADDRESS" in failure.value.hint
    with pytest.raises(ConfigError) as failure:
        find(Option(name="password", secret=True, required=True))
    assert "BATON_PASSWORD" in failure.value.hint
    assert failure.value.exit_code == 2


def options_of_modes():
    return [
        Option(name="mode", choices=("app", "manual"), default="app"),
        Option(name="password", secret=True, required_when=lambda found: found["mode"] == "manual"),
    ]


def test_a_value_required_in_a_mode_is_asked_for_in_that_mode_only():
    asked = []

    def prompt(option):
        asked.append(option.name)
        return "typed"

    quiet = resolve(options_of_modes(), flags={}, environ={}, prompt=prompt)
    assert quiet["password"] is None
    assert asked == []
    manual = resolve(options_of_modes(), flags={"mode": "manual"}, environ={}, prompt=prompt)
    assert manual["password"] == Secret("typed")
    assert manual.source("password") is Source.PROMPT
    assert asked == ["password"]
    with pytest.raises(ConfigError, match="password is required"):
        resolve(options_of_modes(), flags={"mode": "manual"}, environ={})


def test_a_condition_sees_the_values_and_where_they_came_from():
    seen = {}

    def needed(found):
        seen.update(found, source=found.source("mode"))
        return False

    resolve([Option(name="mode"), Option(name="x", required_when=needed)], flags={}, environ={"BATON_MODE": "a"})
    assert seen == {"mode": "a", "x": None, "source": Source.ENVIRONMENT}


@pytest.mark.parametrize("question", ["required_when", "check"])
def test_a_function_of_the_connector_that_fails_is_its_defect(question):
    option = Option(name="n", **{question: lambda value: value["missing"]["deep"]})
    with pytest.raises(PluginError, match=f"{question} of the option n failed"):
        find(option, flags={"n": "x"} if question == "check" else {})


def test_a_wrong_answer_of_a_person_is_an_error_like_any_other():
    option = Option(name="n", type=OptionType.INT, required=True)
    assert find(option, prompt=lambda _option: "5") == (5, Source.PROMPT)
    with pytest.raises(ConfigError, match="answer for n: 'x' is not a whole number"):
        find(option, prompt=lambda _option: "x")


# --------------------------------------------------------------------------------------------- the mapping


def test_an_unknown_key_of_the_file_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ConfigError, match="unknown option 'adress'") as failure:
        resolve([Option(name="address"), Option(name="mode")], flags={}, environ={}, file={"adress": "x"})
    assert failure.value.hint == "It takes: address, mode."


def test_a_wrong_value_of_the_file_names_the_file():
    with pytest.raises(ConfigError, match=r"c\.toml: n: 'x' is not a whole number"):
        resolve([Option(name="n", type=OptionType.INT)], flags={}, environ={}, file={"n": "x"}, file_name="c.toml")


def test_every_declared_option_is_there_and_lists_are_never_none():
    options = resolve([Option(name="a"), Option(name="b", type=OptionType.STRINGS)], flags={}, environ={})
    assert dict(options) == {"a": None, "b": ()}
    assert options.source("b") is Source.DEFAULT


def test_options_are_a_mapping_that_knows_its_secrets():
    options = Options({"a": Secret("x"), "b": 1}, {"a": Source.FLAG})
    assert options.secrets() == [Secret("x")]
    assert (len(options), list(options), options.source("a")) == (2, ["a", "b"], Source.FLAG)
    with pytest.raises(TypeError):
        options["b"] = 2
