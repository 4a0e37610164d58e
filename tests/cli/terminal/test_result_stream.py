"""Standard output for results only; test_run_end.py has connectors that write there in a process of their own."""

import sys
from contextlib import contextmanager
from threading import Thread

from connector_host.cli.terminal import result_stream
from connector_host.plugins.output_redirect import output_to_stderr


def test_a_thread_that_prints_as_the_connector_ends_does_not_reach_the_results(monkeypatch, capsys):
    @contextmanager
    def redirected_until_another_prints():
        with output_to_stderr():
            yield
        thread = Thread(target=print, args=("noise",))
        thread.start()
        thread.join()

    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(result_stream, "output_to_stderr", redirected_until_another_prints)
    with result_stream.results_apart():
        print("inside")
    print("result")
    assert capsys.readouterr() == ("result\n", "inside\nnoise\n")
