"""Access checks of the explorer, and the security headers of its responses."""

import asyncio

import httpx
import pytest

from connector_host.explore.request_guard import RequestGuard, is_loopback


def test_token_is_exchanged_for_a_cookie_and_leaves_the_address(pages, organisation):
    site = pages(organisation)
    answer = site.ask(site.guard.link(), cookie="")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert site.guard.token not in cookie
    assert site.ask("/", cookie=cookie.partition(";")[0]).headers["location"].endswith("/overview")


@pytest.mark.parametrize(
    "path", ["/", "/static/style.css", "/s/x/overview", "/open", "/open?token=", "/open?token=%C3%A9"]
)
def test_without_cookie_or_with_a_wrong_token_nothing_is_shown(pages, organisation, path):
    site = pages(organisation)
    for cookie in ("", "connector_host_explore_8765=wrong", "connector_host_explore_8765=é", "=;;,"):
        answer = site.ask(path, cookie=cookie.encode() if cookie else "")
        assert answer.status_code == 403
        assert "Ada" not in answer.text


def test_link_of_a_started_browser_works_once(pages, organisation):
    site = pages(organisation)
    link = site.guard.link(once=True)
    answer = site.ask(link, cookie="")
    assert (answer.status_code, answer.headers["refresh"]) == (200, "0; url=/")
    assert site.ask("/", cookie=answer.headers["set-cookie"].partition(";")[0]).status_code == 303
    assert site.ask(link, cookie="").status_code == 403


@pytest.mark.parametrize(
    "foreign",
    [
        'theme={"mode":"dark"}',
        "filter[x]=1",
        "consent",
        "name=Ann Lee",
        "=",
        "connector_host_explore_8765=foreign",
        "é=é",
    ],
)
def test_cookies_of_other_servers_on_this_host_do_no_harm(pages, organisation, foreign):
    site = pages(organisation)
    for cookie in (f"{foreign}; {site.cookie}", f"{site.cookie}; {foreign}", f"{site.cookie};{foreign};"):
        assert site.ask("/", cookie=cookie.encode()).status_code == 303
    assert site.ask("/", cookie=foreign.encode()).status_code == 403


def test_the_cookie_is_limited_to_the_path_of_the_pages():
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    guard = RequestGuard(application, "127.0.0.1", 8765, "/0123456789abcdef/")

    def get(path, cookie=""):
        transport = httpx.ASGITransport(guard)

        async def once():
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as client:
                return await client.get(path, headers={"cookie": cookie} if cookie else {})

        return asyncio.run(once())

    answer = get(guard.link())
    assert answer.headers["location"] == "/0123456789abcdef/"
    assert "Path=/0123456789abcdef/" in answer.headers["set-cookie"]
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert get("/", cookie).headers["location"] == "/0123456789abcdef/"
    assert get("/").status_code == 403
    assert get("/0123456789abcdef/s/x", cookie).text == "/0123456789abcdef/s/x"


@pytest.mark.parametrize(
    "host",
    [
        "rebound.example:8765",
        "127.0.0.1:80",
        "127.0.0.1",
        "",
        "127.0.0.1.example:8765",
        "localhost:8765x",
        "10.0.0.1:8765",
    ],
)
def test_other_hosts_are_refused_even_with_the_cookie(pages, organisation, host):
    assert pages(organisation).ask("/", host=host).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765", "[::1]:8765", "127.0.0.2:8765"])
def test_own_names_are_accepted(pages, organisation, host):
    assert pages(organisation).ask("/", host=host).status_code == 303


def test_wildcard_address_takes_numbers_and_no_names(pages, organisation):
    site = pages(organisation, host="0.0.0.0")
    assert site.ask("/", host="10.1.2.3:8765").status_code == 303
    assert site.ask("/", host="rebound.example:8765").status_code == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_only_reading_is_allowed(pages, organisation, method):
    answer = pages(organisation).ask("/", method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_every_answer_carries_the_policy(pages, organisation):
    site = pages(organisation)
    overview = f"/s/{site.key}/overview"
    asked = [
        site.ask(overview),
        site.ask(overview, "HEAD"),
        site.ask("/nothing"),
        site.ask("/", cookie=""),
        site.ask("/", "POST"),
    ]
    asked += [site.ask("/static/style.css"), site.ask("/static/..%2fguard.py"), site.ask("/", host="x")]
    for answer in asked:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
    assert [answer.status_code for answer in asked] == [200, 200, 404, 403, 405, 200, 404, 421]


def test_what_is_loopback():
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("example.com")


def test_tokens_are_long_and_never_the_same():
    tokens = {RequestGuard(None, "127.0.0.1", 1).token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 40 for token in tokens)
