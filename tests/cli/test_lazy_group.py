"""Commands of other packages: named by metadata, imported when invoked, harmless when broken."""

import importlib

import click
import pytest

from connector_host.cli.command_table import built_in
from connector_host.plugins.discovery import COMMANDS

HELLO = """
import click
@click.command()
@click.option("--debug", help="Its own.")
@click.pass_context
def command(ctx, debug):
    ctx.ensure_object(dict)["seen"] = True
    click.echo(f"hello {debug}")
"""


def test_each_built_in_name_has_a_module_with_a_command():
    for name, (module, line) in built_in().items():
        command = importlib.import_module(f"connector_host.cli.commands.{module}").command
        assert isinstance(command, click.Command)
        assert line.endswith(".")
        assert len(line) <= 90
        assert command.name.replace("_", "-") == name


def test_a_command_is_listed_from_metadata_and_imported_when_invoked(site):
    site.add("hello", HELLO, group=COMMANDS, points=["hello = hello:command"], summary="Says hello.")
    site.add("broken", "1/0", group=COMMANDS, summary="Is broken.")
    listed = site.run("--help")
    assert listed.returncode == 0
    assert "Says hello. (hello)" in listed.stdout
    assert "Is broken. (broken)" in listed.stdout
    assert site.run("hello").stdout == "hello None\n"
    done = site.run("broken")
    assert done.returncode == 70
    assert "broken 1.0) cannot be imported: ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_option_of_its_own_wins_over_a_global_one(site):
    site.add("hello", HELLO, group=COMMANDS, points=["hello = hello:command"])
    assert site.run("hello", "--debug", "5").stdout == "hello 5\n"


def test_a_built_in_name_wins_and_the_clash_is_told(site):
    site.add("clash", "1/0", group=COMMANDS, points=["plugins = clash:command"])
    done = site.run("plugins")
    assert done.returncode == 0
    assert "the command 'plugins' is built in, so that of clash is never run" in done.stdout
    assert "clash" not in site.run("--help").stdout
    assert site.run("plugins", "--check").returncode == 1


def test_two_commands_of_one_name_are_refused_when_used(site):
    site.add("one-dist", HELLO, group=COMMANDS, points=["hello = one_dist:command"])
    site.add("two-dist", HELLO, group=COMMANDS, points=["hello = two_dist:command"])
    assert "offered by one-dist 1.0 and two-dist 1.0" in " ".join(site.run("--help").stdout.split())
    done = site.run("hello")
    assert done.returncode == 70
    assert "one-dist 1.0 and two-dist 1.0" in done.stderr


def test_what_is_not_a_click_command_is_refused(site):
    site.add("thing", "command = 5", group=COMMANDS, points=["thing = thing:command"])
    done = site.run("thing")
    assert (done.returncode, "is int, not a click command" in done.stderr) == (70, True)


@pytest.mark.parametrize("allowed", ["other", "hello"])
def test_the_allow_list_holds_for_commands(site, allowed):
    site.add("hello", HELLO, group=COMMANDS, points=["hello = hello:command"])
    done = site.run("hello", environ={"CONNECTOR_HOST_PLUGINS": allowed})
    assert done.returncode == (0 if allowed == "hello" else 2)
