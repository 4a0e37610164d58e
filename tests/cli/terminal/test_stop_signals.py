"""The first signal asks a run to stop, the second ends the process."""

import os
import signal
import subprocess
import sys

import pytest

from connector_host.cli.terminal.stop_signals import stop_on_signals
from connector_host.errors import Stopped
from connector_host.run import Run


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_stops_the_run_and_gives_the_code(number, code):
    run, told = Run(), []
    before = signal.getsignal(number)

    def stop():
        with stop_on_signals(run, told.append):
            os.kill(os.getpid(), number)
            assert run.stopping.wait(5)
            raise Stopped("stopped")

    with pytest.raises(Stopped) as failure:
        stop()
    assert failure.value.exit_code == code
    assert len(told) == 1
    assert signal.getsignal(number) is before


def test_a_run_that_ends_by_itself_leaves_no_handler():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stop_on_signals(Run(), print):
        pass
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_stopped_without_a_signal_keeps_its_code():
    with pytest.raises(Stopped) as failure, stop_on_signals(Run(), print):
        raise Stopped("deadline")
    assert failure.value.exit_code == Stopped.exit_code


TWICE = """
import sys, time
from connector_host.cli.terminal.stop_signals import stop_on_signals
from connector_host.run import Run
run = Run()
run.on_stop(lambda: print("stopping", flush=True))
with stop_on_signals(run, lambda text: None):
    print("ready", flush=True)
    time.sleep(30); time.sleep(30)
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_ends_the_process_at_once(number, code):
    process = subprocess.Popen([sys.executable, "-c", TWICE], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.stdout.readline() == "stopping\n"
    process.send_signal(number)
    process.stdout.close()
    assert process.wait(10) == code
