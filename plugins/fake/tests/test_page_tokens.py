import pytest
from connector_host_fake.page_tokens import PagedListing, page_of
from hypothesis import given
from hypothesis import strategies as st

from connector_host import ConfigError


def numbers(total):
    return PagedListing(total, lambda start, stop: list(range(total))[start:stop])


@given(st.integers(0, 200), st.integers(1, 60))
def test_following_tokens_gives_everything_once(total, size):
    items, token, pages = [], None, 0
    while pages == 0 or token:
        page = page_of(numbers(total), token, size, "x")
        items, token, pages = items + list(page.items), page.next_token, pages + 1
    assert items == list(range(total))
    assert pages == max(1, -(-total // size))


@given(st.integers(0, 200), st.integers(1, 60), st.integers(1, 60))
def test_sibling_pages_give_everything_at_any_later_page_size(total, size, later):
    first = page_of(numbers(total), None, size, "x", siblings=True)
    items = list(first.items)
    for token in first.more_tokens:
        page = page_of(numbers(total), token, later, "x", siblings=True)
        assert (page.next_token, page.more_tokens) == (None, ())
        items += page.items
    assert first.next_token is None
    assert items == list(range(total))


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "-1",
        "0",
        "10",
        "11",
        "5-",
        "-5",
        "5-5",
        "6-5",
        "5-11",
        "5.0",
        " 5",
        "\u0665",
        "5\n",
        "1" * 5000,
        "loop:0:1",
    ],
)
def test_a_token_that_was_not_made_here(token):
    with pytest.raises(ConfigError, match=r"list_grants of group:g: .* is not a page token of this listing") as caught:
        page_of(numbers(10), token, 3, "list_grants of group:g")
    assert "--fresh" in caught.value.hint
    assert len(caught.value.message) < 300


def test_loops_go_round():
    tokens, token = [], "loop:0:3"
    for _ in range(4):
        page = page_of(numbers(10), token, 3, "x", loops=True)
        assert page.items == [0, 1, 2]
        token = page.next_token
        tokens.append(token)
    assert tokens == ["loop:1:3", "loop:2:3", "loop:0:3", "loop:1:3"]
    with pytest.raises(ConfigError):
        page_of(numbers(10), "loop:3:3", 3, "x", loops=True)


def test_parallel_pages_of_the_connector(open_session, walk):
    sizes = {"users": 45, "groups": 3, "members": 25, "nested": 2}
    plain, parallel = walk(open_session(**sizes), 10), walk(open_session(parallel_pages=True, **sizes), 10)
    assert parallel.grant_ids() == plain.grant_ids()
    assert parallel.resources == plain.resources
    assert parallel.pages == plain.pages
