"""Sync ids."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host.c1z import ksuid
from connector_host.errors import FileError

SECONDS = st.integers(0, 2**32 - 1).map(lambda seconds: seconds + ksuid.EPOCH)


def test_a_known_id_gives_its_time():
    # 2026-11-23 18:16:29 UTC, from a file of the Go SDK
    assert ksuid.timestamp("3MWEBivUPyxx9DVLa9jrIN4Qt6M") == 1795457789


@given(SECONDS)
def test_an_id_keeps_its_time(seconds):
    text = ksuid.new(seconds)
    assert len(text) == 27
    assert text.isalnum()
    assert text.isascii()
    assert ksuid.is_ksuid(text)
    assert ksuid.timestamp(text) == seconds


@given(SECONDS, SECONDS)
def test_text_order_is_time_order(one, other):
    if one != other:
        assert (ksuid.new(one) < ksuid.new(other)) == (one < other)


def test_ids_of_one_moment_differ():
    assert len({ksuid.new(1_700_000_000) for _ in range(1000)}) == 1000


def test_the_default_is_now():
    assert abs(ksuid.timestamp(ksuid.new()) - time.time()) < 3


@pytest.mark.parametrize("seconds", [0, ksuid.EPOCH - 1, ksuid.EPOCH + 2**32, float(ksuid.EPOCH) - 0.5])
def test_times_that_do_not_fit_are_refused(seconds):
    with pytest.raises(ValueError, match="KSUID"):
        ksuid.new(seconds)


def test_the_first_and_last_id():
    assert ksuid.timestamp("0" * 27) == ksuid.EPOCH
    assert ksuid.timestamp("aWgEPTl1tmebfsQzFP4bxwgy80V") == ksuid.EPOCH + 2**32 - 1
    assert not ksuid.is_ksuid("aWgEPTl1tmebfsQzFP4bxwgy80W")  # one more than 20 bytes hold


@pytest.mark.parametrize(
    "text",
    ["", "x", "3MWEBivUPyxx9DVLa9jrIN4Qt6", "3MWEBivUPyxx9DVLa9jrIN4Qt6MM", "3MWEBivUPyxx9DVLa9jrIN4Qt6-", "٣" * 27],
)
def test_other_texts_are_no_ids(text):
    assert not ksuid.is_ksuid(text)
    with pytest.raises(FileError, match="not a sync id") as caught:
        ksuid.timestamp(text)
    assert caught.value.hint
