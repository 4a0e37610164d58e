"""Secrets: from flag, environment, file, standard input or a hidden prompt; never shown, only asked for when needed."""

import os
import time

import pytest

SECRET = "hunter2-hunter2"
ASKING = f"""
import sys
from connector_host import *
@hookimpl
def connector_info(): return ConnectorInfo("Asking", api=1)
@hookimpl
def connector_options():
    return [
        Option(name="mode", choices=("app", "manual"), default="app"),
        Option(name="address", required_when=lambda found: found["mode"] == "manual", help="The address."),
        Option(name="password", secret=True, help="Your password.", env=("OLD_PASSWORD",),
               required_when=lambda found: found["mode"] == "manual"),
        Option(name="key", secret=True, check=lambda value: None if value.islower() else f"{{value}} is not lower case"),
        Option(name="end", default="deny"),
    ]
@hookimpl
def list_resource_types(): return []
@hookimpl
def open_session(options, run):
    password = options["password"]
    run.logger.warning("sign in: %s %s", options["address"], password)
    if password is None: raise AuthError("nothing to sign in with")
    assert password == Secret({SECRET!r}), "another password"
    print("printed", password.reveal())
    sys.stdout.buffer.write(password.reveal().encode() + b" as bytes\\n")
    sys.stderr.write(f"written {{password.reveal()}}\\n")
    run.redact("session-token-1")
    run.logger.warning("token session-token-1, %s", [password.reveal()])
    if options["end"] == "defect":
        raise ValueError(f"cannot use {{password.reveal()!r}}")
    raise AuthError(f"denied {{password.reveal()}} for session-token-1", hint=f"try not {{password.reveal()}}")
"""


@pytest.fixture
def asking(site):
    site.add("asking", ASKING)
    return site


def shown(done):
    return done.stdout + done.stderr


def test_without_need_nothing_is_asked_or_required(asking):
    done = asking.run("sync", "asking")
    assert done.returncode == 3
    assert "nothing to sign in with" in done.stderr


def test_without_a_terminal_a_missing_one_names_flag_and_variable(asking):
    done = asking.run("sync", "asking", "--mode", "manual", "--address", "here")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: password is required\n")
    assert "BATON_PASSWORD" in done.stderr
    assert "--password" in done.stderr


WAYS = {
    "flag": {"words": ["--password", SECRET]},
    "variable": {"environ": {"BATON_PASSWORD": SECRET}},
    "second variable": {"environ": {"OLD_PASSWORD": SECRET}},
    "stdin": {"words": ["--password", "-"], "stdin": f"{SECRET}\n"},
    "file": {"file": f'[connector.asking]\npassword = "{SECRET}"\n'},
}


@pytest.mark.parametrize(
    ("way", "debug", "form"),
    [
        *((way, False, "console") for way in WAYS),
        ("variable", True, "console"),
        ("variable", True, "json"),
        ("flag", False, "json"),
    ],
)
def test_however_it_comes_it_is_never_shown(asking, tmp_path, way, debug, form):
    given = WAYS[way]
    (tmp_path / "connector-host.toml").write_text(given.get("file", ""))
    (tmp_path / "connector-host.toml").chmod(0o600)
    words = ["sync", "asking", "--log-format", form, *given.get("words", []), *(["--debug"] if debug else [])]
    done = asking.run(*words, stdin=given.get("stdin", ""), environ=given.get("environ"), cwd=tmp_path)
    assert done.returncode == 3, shown(done)
    assert "hunter2" not in shown(done)
    assert "session-token" not in shown(done)
    assert "denied *** for ***" in done.stderr
    assert "try not ***" in done.stderr
    assert "printed ***" in done.stderr
    assert "*** as bytes" in done.stderr
    assert done.stdout == ""  # for results
    assert "written ***" in done.stderr
    assert "sign in: None ***" in done.stderr
    assert ("shows the secret in the process list" in done.stderr) == (way == "flag")
    assert ("Traceback" in done.stderr) == debug


def test_a_sign_in_that_fails_names_its_flags_and_variables(asking):
    done = asking.run("sync", "asking", environ={"BATON_PASSWORD": SECRET})
    assert done.returncode == 3
    for name in ("--password (BATON_PASSWORD)", "--address (BATON_ADDRESS)", "--key (BATON_KEY)"):
        assert name in done.stderr


def test_a_defect_of_the_connector_shows_none_either(asking):
    for words in ([], ["--debug"]):
        done = asking.run("sync", "asking", "--end", "defect", *words, environ={"BATON_PASSWORD": SECRET})
        assert done.returncode == 70
        assert "hunter2" not in shown(done)
        assert "open_session" in done.stderr


def test_a_wrong_one_is_not_shown(asking):
    done = asking.run("sync", "asking", environ={"BATON_KEY": "SHOUTED-KEY"})
    assert done.returncode == 2
    assert done.stderr == "Error: BATON_KEY: *** is not lower case\n"


def test_a_config_file_with_a_secret_that_others_can_read_is_refused(asking, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'[connector.asking]\npassword = "{SECRET}"\n')
    path.chmod(0o644)
    done = asking.run("sync", "asking", "--config", path)
    assert done.returncode == 2
    assert "holds the secret 'password', and every user of this computer can read it" in done.stderr
    assert f"chmod 600 {path}" in done.stderr
    assert "hunter2" not in shown(done)
    path.chmod(0o600)
    assert "can read it" not in asking.run("sync", "asking", "--config", path).stderr


def test_two_secrets_come_as_two_lines(asking):
    done = asking.run("sync", "asking", "--password", "-", "--key", "-", stdin=f"{SECRET}\nlower\n")
    assert done.returncode == 3
    done = asking.run("sync", "asking", "--password", "-", "--key", "-", stdin=f"{SECRET}\n")
    assert done.returncode == 2
    assert "--key - found no line on standard input" in done.stderr


def test_at_a_terminal_a_person_is_asked_and_nothing_typed_is_shown(asking, at_terminal, read_until):
    with at_terminal(asking, "sync", "asking", "--mode", "manual") as (process, terminal):
        assert "The address: " in read_until(terminal, "The address: ")
        os.write(terminal, b"my place\n")
        read_until(terminal, "Your password: ")
        time.sleep(0.1)
        os.write(terminal, f"{SECRET}\n".encode())
        rest = read_until(terminal, "try not")
        assert process.wait(20) == 3
    assert "hunter2" not in rest
    assert "sign in: my place ***" in rest


def test_nothing_entered_is_asked_again_and_then_an_error(asking, at_terminal, read_until):
    with at_terminal(asking, "sync", "asking", "--mode", "manual", "--address", "x") as (process, terminal):
        for _ in range(3):
            assert "Your password: " in read_until(terminal, "Your password: ")
            time.sleep(0.1)
            os.write(terminal, b"\n")
        assert "password is required and nothing was entered" in read_until(terminal, "entered")
        assert process.wait(20) == 2


@pytest.mark.parametrize(("key", "code"), [(b"\x04", 2), (b"\x03", 130)])
def test_ctrl_d_and_ctrl_c_at_the_prompt(asking, at_terminal, read_until, key, code):
    with at_terminal(asking, "sync", "asking", "--mode", "manual", "--address", "x") as (process, terminal):
        read_until(terminal, "Your password: ")
        time.sleep(0.2)
        os.write(terminal, key)
        seen = read_until(terminal, "nothing will be found", 3)
        assert process.wait(20) == code
    assert "Traceback" not in seen


def test_messages_that_go_to_a_pipe_do_not_keep_a_person_from_being_asked(asking, read_until):
    """As in `sync ... 2>&1 | cat` on a terminal."""
    import fcntl
    import pty
    import subprocess
    import sys
    import termios

    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", "sync", "asking", "--mode", "manual"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **asking.environ},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        text=True,
    )
    os.close(theirs)
    try:
        assert "The address: " in read_until(ours, "The address: ")
        os.write(ours, b"my place\n")
        read_until(ours, "Your password: ")
        time.sleep(0.1)
        os.write(ours, f"{SECRET}\n".encode())
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        os.close(ours)
    assert "sign in: my place ***" in out
    assert "hunter2" not in out


PROGRAM = """
import connector_host as ch
@ch.hookimpl
def connector_info(): return ch.ConnectorInfo("Runs", api=1)
@ch.hookimpl
def connector_options(): return [ch.Option(name="tool", type=ch.OptionType.PATH)]
@ch.hookimpl
def list_resource_types(): return []
@ch.hookimpl
def open_session(options): raise ch.AuthError(f"would run {options['tool']}")
"""


def test_a_program_that_the_config_file_names_must_not_be_the_work_of_others(site, tmp_path):
    site.add("runs", PROGRAM)
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o777)
    config = tmp_path / "connector-host.toml"
    config.write_text(f'[connector.runs]\ntool = "{program}"\n')
    done = site.run("sync", "runs", cwd=tmp_path)
    assert done.returncode == 2
    assert f"the program of tool, {program} is not used: every user of this computer can write to" in done.stderr
    program.chmod(0o755)
    assert "would run" in site.run("sync", "runs", cwd=tmp_path).stderr
