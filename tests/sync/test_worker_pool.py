"""Several calls at once: the rows of one at a time, and nobody who waits for another's slow listing."""

import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host import Entitlement, Grant, Page, Purpose, ResourceId, hookimpl

SLOW = 5.0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    siblings=st.booleans(),
    delays=st.lists(st.sampled_from([0.0, 0.0005, 0.003]), min_size=3, max_size=7),
    workers=st.integers(2, 4),
    repeated=st.booleans(),
)
def test_the_rows_are_those_of_one_worker(sync, toy, tmp_path_factory, cuts, siblings, delays, workers, repeated):
    class Shaken(type(toy)):
        """Pages of odd sizes, told as a chain or as siblings, and calls that take now longer, now shorter."""

        delay = 0.0

        def asked(self, hook, subject, token):
            time.sleep(delays[hash((hook, subject, token)) % len(delays)] if self.delay else 0)

        @hookimpl
        def list_grants(self, session, resource, page_token):
            self.asked("list_grants", resource.id.resource, page_token)
            grants = self.grants(resource)
            if repeated and len(grants) > 1:
                grants = [*grants, grants[0]]
            ends = [0]
            for size in cuts:
                ends.append(ends[-1] + size)
            ends.append(max(len(grants), ends[-1]))
            number = int(page_token or 0)
            items = grants[ends[number] : ends[number + 1]]
            last = len(ends) - 2
            if siblings:
                return Page(items, more_tokens=tuple(str(n) for n in range(1, last + 1)) if page_token is None else ())
            return Page(items, str(number + 1) if number < last else None)

    folder = tmp_path_factory.mktemp("parallel")
    one, many = Shaken(), Shaken()
    many.delay = 1.0
    _, alone = sync(one, file=folder / "one.c1z", workers=1)
    _, together = sync(many, file=folder / "many.c1z", workers=workers)
    assert together.everything() == alone.everything()


@pytest.mark.parametrize("slow", ["list_resources", "list_entitlements", "list_grants"])
def test_a_slow_listing_holds_nobody_up(sync, toy, slow):
    """While the first listing of a phase takes its time, all others of the phase come in."""
    others = {"list_resources": {"group"}, "list_entitlements": {"g1", "g2"}, "list_grants": {"g1", "g2"}}[slow]
    first = {"list_resources": "user"}.get(slow, "g0")
    come, all_come = set(), threading.Event()

    def asked(hook, subject, token):
        if hook != slow:
            return
        if subject == first:
            assert all_come.wait(SLOW), f"only {come} came"
            return
        come.add(subject)
        if come == others:
            all_come.set()

    toy.asked = asked
    _, file = sync(toy, workers=2)
    assert come == others
    assert len(file.rows("resources")) == 10


def test_sibling_pages_are_read_side_by_side(sync, toy):
    """Both must be under way at once, or neither ends."""
    both = threading.Barrier(2, timeout=SLOW)

    @hookimpl
    def list_grants(session, resource, page_token):
        if resource.id.resource != "g0":
            return []
        if page_token is None:
            return Page([], more_tokens=("a", "b"))
        both.wait()
        return [Grant(resource.ref("member"), ResourceId("user", {"a": "u0", "b": "u1"}[page_token]))]

    toy.list_grants = list_grants
    _, file = sync(toy, workers=2)
    assert len(file.rows("grants")) == 2


@pytest.mark.parametrize(("declared", "asked", "at_once"), [(4, None, 4), (4, 2, 2), (2, 8, 2), (1, 8, 1)])
def test_never_more_calls_at_once_than_the_connector_declares_or_the_operator_wants(
    sync, toy, declared, asked, at_once
):
    lock, now, most = threading.Lock(), [0], [0]

    def count(hook, subject, token):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with lock:
            now[0] -= 1

    toy.concurrency, toy.asked = declared, count
    toy.resources = lambda kind, parent: (
        [toy.group(f"g{n}") for n in range(12)] if kind == "group" and not parent else []
    )
    toy.entitlements = lambda resource: [Entitlement(resource, "member", Purpose.ASSIGNMENT)]
    toy.grants = lambda resource: []
    sync(toy, workers=asked)
    assert most[0] == at_once
