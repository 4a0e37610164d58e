"""The one thread that has the files open."""

import pytest

from connector_host.explore.file_thread import FileThread, FileThreadClosed


def test_questions_are_answered_in_one_thread_and_errors_reach_who_asked():
    import threading

    desk = FileThread()
    assert (
        desk.submit(threading.get_ident).result() == desk.submit(threading.get_ident).result() != threading.get_ident()
    )
    with pytest.raises(ZeroDivisionError):
        desk.submit(lambda: 1 / 0).result()
    desk.close()
    with pytest.raises(FileThreadClosed):
        desk.submit(int).result()


def test_chores_are_done_between_questions_and_do_not_hold_them_up():
    import itertools

    desk = FileThread()
    done = []
    desk.submit(lambda: desk.spare(done.append(n) for n in itertools.count())).result()
    assert desk.submit(lambda: "answer").result(timeout=10) == "answer"
    desk.submit(lambda: None).result(timeout=10)
    desk.close()
    assert done == list(range(len(done)))
