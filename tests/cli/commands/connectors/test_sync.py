"""`sync NAME` from words to file, with a small connector of its own and the real engine."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connector_host.plugins.discovery import OBSERVERS

TOWN = """
import time
from connector_host import *

USER = ResourceType("user", "User", (Trait.USER,))
CLUB = ResourceType("club", "Club", (Trait.GROUP,))

@hookimpl
def connector_info():
    return ConnectorInfo("Town", api=1, summary="A town and its clubs.", docs_url="https://town.example/docs", concurrency=3)

@hookimpl
def connector_options():
    return [
        Option(name="address", help="Where it is.", default="main street", env=("TOWN_ADDRESS",)),
        Option(name="mode", choices=("user", "service"), default="user", help="How to sign in."),
        Option(name="password", secret=True, required_when=lambda found: found["mode"] == "service", help="The password."),
        Option(name="only", type=OptionType.STRINGS, help="Only these clubs.", choices=("chess", "choir")),
        Option(name="loud", type=OptionType.BOOL, default=False, help="Shout.", affects_rows=False),
        Option(name="nap", type=OptionType.FLOAT, default=0.0, help="Seconds a page takes.", affects_rows=False),
        Option(name="fault", default="none", help="What goes wrong.", affects_rows=False),
    ]

@hookimpl
def open_session(options, run):
    run.logger.info("options %s", dict(options, sources=[options.source(name).value for name in options]))
    return options, run

@hookimpl
def check_session(session):
    return Identity(session[0]["address"], "mayor", limits=("Cannot see the cellar.",))

@hookimpl
def list_resource_types():
    return [USER, CLUB]

@hookimpl
def list_resources(session, resource_type, page_token, page_size):
    options, run = session
    start, size = int(page_token or 0), page_size or 2
    names = ["ann", "bob", "cem", "dee", "eve"] if resource_type.id == "user" else list(options["only"]) or ["chess", "choir"]
    trait = UserTrait() if resource_type.id == "user" else GroupTrait()
    if start: run.sleep(options["nap"])
    items = [Resource(ResourceId(resource_type.id, one), one.title(), traits=(trait,)) for one in names]
    return Page(items[start : start + size], str(start + size) if start + size < len(items) else None)

@hookimpl
def list_entitlements(resource):
    return [Entitlement(resource, "member", Purpose.ASSIGNMENT)] if resource.id.resource_type == "club" else []

@hookimpl
def list_grants(session, resource):
    fault = session[0]["fault"]
    if resource.id.resource_type == "user": return []
    if fault == "forbidden" and resource.id.resource: raise NotPermitted("may not read members", hint="Ask the mayor.")
    if fault == "signed out": raise AuthError("signed out", hint="Sign in.")
    if fault == "bug": raise KeyError("members")
    if fault == "nothing": return None
    if fault == "odd item": return ["bob"]
    if fault == "gone": raise NotFound("no such club")
    if fault == "config": raise ConfigError("the address is wrong", hint="Change --address.")
    return [Grant(resource.ref("member"), ResourceId("user", "ann"))]
"""


@pytest.fixture
def town(site, tmp_path, monkeypatch):
    site.add("town", TOWN, version="1.4", summary="Towns.")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return site


def result(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def told_options(done):
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("options ")]
    return line


# --------------------------------------------------------------------------------------------- help


def test_help_of_sync_lists_connectors_from_metadata(town):
    town.add("broken", "1/0", summary="Does not work.")
    town.add("one-dist", points=["same = one_dist"])
    town.add("two-dist", points=["same = two_dist"])
    done = town.run("sync", "--help")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert "town Towns. (town)" in text
    assert "broken Does not work. (broken)" in text
    assert "same cannot be used: 'same' is offered by one-dist 1.0 and two-dist 1.0" in text


def test_help_of_a_connector_shows_its_options_apart_from_the_hosts(town):
    done = town.run("sync", "town", "--help")
    assert done.returncode == 0
    own, hosts = done.stdout.split("Options of Town:")[1].split("Options of the host:")
    own = " ".join(own.split())
    assert "--address TEXT Where it is. [BATON_ADDRESS or TOWN_ADDRESS; default: main street]" in own
    assert "--mode [user|service] How to sign in. [BATON_MODE; default: user]" in own
    assert "--password TEXT The password. [BATON_PASSWORD; required in some modes; secret" in own
    assert "--only TEXT,... Only these clubs. [BATON_ONLY; of chess, choir]" in own
    assert "--loud / --no-loud Shout. [BATON_LOUD; default: no]" in own
    for flag in (
        "-f, --file",
        "--page-size",
        "--workers",
        "--fresh",
        "--allow-partial",
        "--max-attempts",
        "-o, --output",
    ):
        assert flag in hosts
        assert flag not in own
    assert "https://town.example/docs" in done.stdout


@pytest.mark.parametrize("name", ["file", "debug", "no-fresh", "metrics", "output"])
def test_an_option_that_is_the_hosts_is_a_defect_of_the_connector(site, name):
    site.add("town", TOWN.replace('name="fault"', f'name="{name}"'))
    done = site.run("sync", "town", "--help")
    assert done.returncode == 70
    assert f"its option --{name} is one of the host's" in done.stderr


def test_shell_completion_knows_connectors_and_their_options(town):
    environ = {"_CONNECTOR_HOST_COMPLETE": "bash_complete", "COMP_WORDS": "connector-host sync to", "COMP_CWORD": "2"}
    assert "plain,town" in town.run(environ=environ).stdout.splitlines()
    environ = {**environ, "COMP_WORDS": "connector-host sync town --ad", "COMP_CWORD": "3"}
    assert town.run(environ=environ).stdout == "plain,--address\n"


# --------------------------------------------------------------------------------------------- options


def test_values_come_from_flag_environment_and_file_and_the_connector_gets_them(town):
    Path("connector-host.toml").write_text(
        '[host]\nfile = "from-file.c1z"\npage-size = 1\n[connector.town]\naddress = "file street"\nonly = ["choir"]\n'
    )
    found = result(town.run("sync", "town", "-o", "json"))
    assert (found["account"], found["file"]) == ("file street", "from-file.c1z")
    assert found["counts"]["club"]["resources"] == 1
    found = result(
        town.run("sync", "town", "-o", "json", environ={"BATON_ADDRESS": "env street", "BATON_FILE": "e.c1z"})
    )
    assert (found["account"], found["file"]) == ("env street", "e.c1z")
    done = town.run(
        *("sync", "town", "--address", "flag street", "--only", "chess", "--only", "choir", "--loud", "-f", "f.c1z"),
        environ={"BATON_ADDRESS": "env street"},
    )
    line = told_options(done)
    assert "'address': 'flag street'" in line
    assert "'only': ('chess', 'choir')" in line
    assert "'loud': True" in line
    assert "'sources': ['flag', 'default', 'default', 'flag', 'flag', 'default', 'default']" in line
    assert sorted(path.name for path in Path().glob("*.c1z")) == ["e.c1z", "f.c1z", "from-file.c1z"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--only", "chess,golf"], "--only: 'golf' is not one of chess, choir"),
        (["--mode", "root"], "--mode: 'root' is not one of user, service"),
        (["--nap", "long"], "--nap: 'long' is not a number"),
        (["--workers", "0"], "--workers: 0 is not at least 1"),
        (["--page-size", "x"], "--page-size: 'x' is not a whole number"),
        (["-f", ""], "--file: '' is not a path"),
        (["-o", "yaml"], "no output format is called 'yaml'"),
        (["--nonsense"], "No such option"),
        (["extra"], "unexpected extra argument"),
        (["--config", "none.toml"], "none.toml cannot be read"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_done(town, words, says):
    done = town.run("sync", "town", *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[connector.town]\nadress = "x"\n', "connector-host.toml [connector.town]: unknown option 'adress'"),
        ("[connector.town]\nnap = true\n", "connector-host.toml [connector.town]: nap: True is not a number"),
        ("[host]\nworkers = -1\n", "connector-host.toml [host]: workers: -1 is not at least 1"),
        ('[host]\nlog-level = "loud"\n', "log-level: 'loud' is not one of"),
    ],
)
def test_wrong_values_of_the_config_file_name_it(town, text, says):
    Path("connector-host.toml").write_text(text)
    done = town.run("sync", "town")
    assert done.returncode == 2
    assert says in done.stderr


def test_unknown_and_broken_connectors(town):
    town.add("broken", "import nothing_here", version="9.9")
    done = town.run("sync", "twon")
    assert done.returncode == 2
    assert "Did you mean town?" in done.stderr
    done = town.run("sync", "broken")
    assert done.returncode == 70
    assert "broken (broken 9.9) cannot be imported: No module named 'nothing_here'" in done.stderr
    assert "Traceback" not in done.stderr
    assert result(town.run("sync", "town", "-o", "json"))["connector"] == "town"


# --------------------------------------------------------------------------------------------- runs


def test_the_result_is_on_stdout_and_the_narration_on_stderr(town):
    done = town.run("sync", "town")
    assert done.returncode == 0
    assert done.stdout == (
        "RESOURCE TYPE  RESOURCES  ENTITLEMENTS  GRANTS\n"
        "club                   2             2       2\n"
        "user                   5             0       0\n"
        "total                  7             2       2\n"
    )
    said = done.stderr.splitlines()
    assert "Starting the sync of town" in said
    assert "Account: main street as mayor" in said
    assert "Warning: Cannot see the cellar." in said
    assert "Next: connector-host validate sync.c1z" in said
    assert (Path("sync.c1z").stat().st_mode & 0o777) == 0o600
    assert "change                 =             =       =" in town.run("sync", "town").stdout


def test_at_a_terminal_a_live_block_shows_what_comes_and_goes_at_the_end(town, at_terminal, read_until):
    with at_terminal(town, "sync", "town", "--nap", "0.4", kind="xterm") as (process, terminal):
        seen = read_until(terminal, "Next: connector-host validate")
        assert process.wait(20) == 0
        table = process.stdout.read().decode()
    assert "RESOURCE TYPE" in seen
    assert "\x1b[2K" in seen  # a line of the block was wiped
    assert "/s" in seen
    assert "total                  7             2       2" in table


def test_the_next_command_works(town):
    town.run("sync", "town")
    done = town.run("resources", "-f", "sync.c1z", "-o", "json")
    assert done.returncode == 0
    assert "Cem" in done.stdout


def test_what_a_connector_prints_is_narration(site):
    site.add(
        "town",
        'print("imported")\n'
        + TOWN.replace("    options, run = session\n", '    print("listing")\n' * 2 + "    options, run = session\n"),
    )
    done = site.run("sync", "town", "-o", "json")
    assert result(done)["totals"]["resources"] == 7
    assert done.stderr.count("imported") == 1
    assert done.stderr.count("listing") > 2


THREAD = """
@hookimpl
def list_static_entitlements(resource_type):
    import threading
    thread = threading.Thread(target=lambda: {}["missing"])
    thread.start()
    thread.join()
    return []
"""


def test_a_thread_of_a_connector_that_fails_is_a_defect_in_one_line(site):
    site.add("town", TOWN + THREAD)
    done = site.run("sync", "town")
    assert done.returncode == 70
    assert "Error: connector 'town': its thread" in done.stderr
    assert "failed: KeyError: 'missing'" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in site.run("sync", "town", "--debug").stderr


def test_quiet_means_only_the_result_and_what_deserves_a_look(town):
    done = town.run("sync", "town", "--log-level", "warning")
    assert done.stderr == "Warning: Cannot see the cellar.\n"


def test_narration_as_json_lines(town):
    done = town.run("sync", "town", "--log-format", "json", "-o", "json")
    entries = [json.loads(line) for line in done.stderr.splitlines()]
    assert {entry["level"] for entry in entries} == {"info", "warning"}
    assert result(done)["totals"]["grants"] == 2


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("signed out", 3, "Sign in."),
        ("config", 2, "Change --address."),
        ("forbidden", 6, "--allow-partial"),
        ("bug", 70, "KeyError"),
        ("nothing", 70, "returned nothing, not a list or a Page"),
        ("odd item", 70, "list_grants"),
    ],
)
def test_a_failing_connector_ends_with_its_code_and_leaves_no_file(town, fault, code, says):
    done = town.run("sync", "town", "--fault", fault)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not Path("sync.c1z").exists()
    assert done.stdout == ""


def test_what_may_not_be_read_is_named_when_a_part_is_enough(town):
    done = town.run("sync", "town", "--fault", "forbidden", "--allow-partial")
    assert done.returncode == 0
    assert "Not read (2): " in done.stderr
    assert Path("sync.c1z").exists()


def test_a_listing_of_something_gone_is_counted(town):
    done = town.run("sync", "town", "--fault", "gone")
    assert done.returncode == 0
    assert "Events: " in done.stderr


@pytest.mark.parametrize("where", ["no/such/folder/a.c1z", ".", "/dev/full/a.c1z"])
def test_an_output_that_cannot_be_written_is_said_at_once(town, where):
    done = town.run("sync", "town", "-f", where)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_the_checkpoint_and_the_next_run_goes_on(town, number, code):
    command = [sys.executable, "-m", "connector_host", "sync", "town", "--nap", "20", "-f", "a.c1z"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **town.environ})
    while "Starting the sync" not in process.stderr.readline():
        pass
    process.send_signal(number)
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) == code
    assert "run the same command again to resume" in said
    assert "Traceback" not in said
    assert not Path("a.c1z").exists()
    again = town.run("sync", "town", "-f", "a.c1z", "-o", "json")
    assert result(again)["resumed"] is True
    assert "Resuming the sync of town" in again.stderr
    assert result(again)["totals"]["resources"] == 7
    assert [path.name for path in Path().iterdir()] == ["a.c1z"]


OBSERVER = """
import json
from connector_host import hookimpl
@hookimpl
def page_synced(hook, resource_type, count): print("SEEN", hook, resource_type, count)
@hookimpl
def sync_finished(connector, summary): print("FINISHED", connector, summary["totals"]["grants"])
"""


def test_observers_of_other_packages_see_the_run_and_broken_ones_harm_nothing(town):
    town.add("watch", OBSERVER, group=OBSERVERS)
    town.add("import-fails", "1/0", group=OBSERVERS)
    town.add("call-fails", OBSERVER.replace('print("SEEN", hook, resource_type, count)', "1/0"), group=OBSERVERS)
    done = town.run("sync", "town")
    assert done.returncode == 0, done.stderr
    assert "SEEN list_resources user 2" in done.stderr
    assert "FINISHED town 2" in done.stderr
    assert "an observer is left out: import-fails" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
