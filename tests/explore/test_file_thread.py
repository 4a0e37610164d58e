"""The one thread that reads the open files."""

import itertools
import threading

import pytest

from connector_host.explore.file_thread import FileThread, FileThreadClosed


def test_tasks_run_in_one_thread_and_errors_reach_the_caller():
    file_thread = FileThread()
    idents = [file_thread.submit(threading.get_ident).result() for _ in range(2)]
    assert idents[0] == idents[1] != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        file_thread.submit(lambda: 1 / 0).result()
    file_thread.close()
    with pytest.raises(FileThreadClosed):
        file_thread.submit(int).result()


def test_background_work_runs_between_tasks_and_does_not_delay_them():
    file_thread = FileThread()
    done = []
    work = (done.append(number) for number in itertools.count())
    file_thread.submit(lambda: file_thread.add_background_work(work)).result()
    assert file_thread.submit(lambda: "result").result(timeout=10) == "result"
    file_thread.submit(lambda: None).result(timeout=10)
    file_thread.close()
    assert done == list(range(len(done)))
