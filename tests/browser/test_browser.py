"""The browser itself: that it would see a request, a script and a complaint if there were one."""

import pytest

PAGE = """<!doctype html><meta charset="utf-8"><title>Page</title>
<meta http-equiv="Content-Security-Policy" content="style-src 'none'">
<p id=p>before</p><img src="http://elsewhere.example/pixel.png" alt="">
<script>document.getElementById("p").textContent = "after"</script><p style="width: 2000px">wide</p>"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_requests_script_complaints_and_width_are_seen(browser, page):
    browser.open(page)
    assert browser.requests() == [page.as_uri(), "http://elsewhere.example/pixel.png"]
    assert browser.one("#p").text == "after"
    assert any("Content Security Policy" in line for line in browser.complaints())
    assert browser.sideways == 0
    page.write_text(PAGE.replace("style-src", "object-src"))
    browser.open(page)
    assert browser.sideways > 0


def test_script_can_be_off(browser, page):
    with browser.without_script():
        browser.open(page)
        assert browser.one("#p").text == "before"
    browser.open(page)
    assert browser.text.startswith("after")
