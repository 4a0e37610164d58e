"""Declared options as flags and as help; click itself never judges or shows a value."""

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host.cli.commands.connectors.connector_group import flags_of
from connector_host.cli.host_options import LOG_OPTIONS, RESERVED, SYNC_OPTIONS, click_option
from connector_host.options import Option, OptionType, resolve


def parsed(declared, words):
    """The raw flags that a command line gives."""
    command = click.Command("x", params=[click_option(option) for option in declared])
    return flags_of(declared, command.make_context("x", list(words)).params)


def help_of(option):
    command = click.Command("x", params=[click_option(option)])
    return " ".join(command.get_help(click.Context(command, terminal_width=200)).split())


def test_only_what_was_given_is_a_flag():
    declared = [
        Option(name="a-b"),
        Option(name="yes", type=OptionType.BOOL),
        Option(name="list", type=OptionType.STRINGS),
        Option(name="n", type=OptionType.INT, default=5),
    ]
    assert parsed(declared, []) == {}
    assert parsed(declared, ["--no-yes", "--a-b", ""]) == {"yes": False, "a-b": ""}
    assert parsed([Option(name="no-details", type=OptionType.BOOL)], ["--details"]) == {"no-details": False}
    assert parsed(declared, ["--yes", "--n=-3"]) == {"yes": True, "n": "-3"}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(st.from_regex(r"[a-z]{1,4}", fullmatch=True), min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_list_may_be_given_by_commas_by_several_flags_or_both(groups):
    option = Option(name="tags", type=OptionType.STRINGS)
    words = [word for group in groups for word in ("--tags", ",".join(group))]
    flags = parsed([option], words)
    assert resolve([option], flags=flags, environ={})["tags"] == tuple(item for group in groups for item in group)


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: not text.startswith("-")))
def test_values_pass_through_click_as_they_are(text):
    assert parsed([Option(name="n", type=OptionType.INT)], ["--n", text]) == {"n": text}


def test_help_says_where_a_value_comes_from():
    text = help_of(
        Option(name="mode", choices=("user", "service"), default="user", help="How to sign in.", env=("OP_MODE",))
    )
    assert "--mode [user|service] How to sign in. [BATON_MODE or OP_MODE; default: user]" in text
    text = help_of(Option(name="kinds", type=OptionType.STRINGS, choices=("a", "b"), default=("a",)))
    assert "--kinds TEXT,... [BATON_KINDS; of a, b; default: a]" in text
    assert "[BATON_KEY; required; secret: use the variable" in help_of(Option(name="key", secret=True, required=True))
    assert "required in some modes" in help_of(Option(name="key", required_when=lambda found: True))
    assert "--loud / --no-loud Shout. [BATON_LOUD; default: no]" in help_of(
        Option(name="loud", type=OptionType.BOOL, default=False, help="Shout.")
    )
    assert "--n INT" in help_of(Option(name="n", type=OptionType.INT))


def test_the_hosts_own_options_are_reserved():
    assert {option.name for option in (*SYNC_OPTIONS, *LOG_OPTIONS)} <= RESERVED


@pytest.mark.parametrize("option", [option for option in SYNC_OPTIONS if option.type is OptionType.INT])
def test_numbers_of_the_host_are_positive(option):
    assert option.parse("1", "x") == 1
    with pytest.raises(Exception, match="0 is not at least 1"):
        option.parse("0", "x")
