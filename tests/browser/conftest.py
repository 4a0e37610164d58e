"""One real Chromium for every test that looks at a page, without a screen and without a network."""

import json
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-default-apps", "--disable-extensions", "--no-proxy-server"),
)
# no name resolves, but for this computer's own, and one that a page elsewhere could have made lead here
REBOUND = "rebound.example"
RESOLVER = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
OWN_SCHEMES = ("data:", "about:", "chrome:", "blob:")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """All tests of this folder run in one process, so that one browser serves them."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.config.pluginmanager.has_plugin("xdist"):
            item.add_marker(pytest.mark.xdist_group("browser"))


class Browser:
    """A running Chromium. `driver` is Selenium's; the rest is what the tests of pages need on top."""

    rebound = REBOUND

    def __init__(self, driver):
        self.driver = driver
        self.desktop()

    def open(self, where):
        """Go to an address, or open a file; what was asked for and said before is forgotten."""
        self.forget()
        self.driver.get(where.absolute().as_uri() if isinstance(where, Path) else where)

    def forget(self):
        """Empty the logs of requests and of the console."""
        for kind in ("performance", "browser"):
            self.driver.get_log(kind)

    def requests(self):
        """Every address the page asked for since `open`, also those it was refused, in order. Empties the log."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        sent = (one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent")
        return [url for url in sent if not url.startswith(OWN_SCHEMES)]

    def complaints(self):
        """What the console says: refusals of the content security policy, errors of scripts. Empties the log."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    @property
    def text(self):
        """The text that can be seen."""
        return self.one("body").text

    def one(self, selector):
        """The first element of a CSS selector; an error if there is none."""
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        """Every element of a CSS selector."""
        return self.driver.find_elements("css selector", selector)

    def link(self, text):
        """The first link that has this text in it."""
        return self.driver.find_element("partial link text", text)

    def follow(self, text):
        """Click a link, and wait for the page it leads to."""
        self.leave(self.link(text).click)

    def search(self, text):
        """Put a text into the search field, press Enter, and wait for the page that comes."""
        self.leave(lambda: self.one("input[type=search]").send_keys(f"{text}\n"))

    def leave(self, action, seconds=20):
        """Do something that leads to another page, and wait until this one is gone."""
        from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

        here, end = self.one("html"), time.monotonic() + seconds
        action()
        while time.monotonic() < end:
            try:
                here.is_enabled()
            except StaleElementReferenceException:
                return
            except WebDriverException as error:  # the frame is being replaced at this moment
                if not any(word in str(error) for word in ("detached", "not found", "does not belong")):
                    raise
                return
            time.sleep(0.01)
        raise AssertionError("the page is still the same")

    def run(self, script, *values):
        """The value that a piece of script returns."""
        return self.driver.execute_script(script, *values)

    def command(self, name, **values):
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, values)

    @contextmanager
    def without_script(self):
        """Pages opened in the block run no script of theirs (`run` does not work there, either)."""
        self.command("Emulation.setScriptExecutionDisabled", value=True)
        try:
            yield
        finally:
            self.command("Emulation.setScriptExecutionDisabled", value=False)

    def size(self, width, height, scale=1, *, mobile=False):
        """Let pages be shown in a window of that many pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
        self.command("Emulation.setDeviceMetricsOverride", **metrics)

    def desktop(self):
        """The usual size, light."""
        self.size(1280, 900)
        self.prefer()

    def phone(self):
        """The size of a small telephone."""
        self.size(360, 740, 2, mobile=True)

    def prefer(self, scheme="light", media=""):
        """Let pages believe that this colour scheme is preferred; `media` is `print` for how they print."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=media, features=features)

    @property
    def sideways(self):
        """By how many pixels the page is wider than its window."""
        return self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="Selenium is not installed: pip install -e '.[tests]'")
    for program in (CHROMIUM, DRIVER):
        if not program.exists():
            pytest.skip(f"{program} is not installed (Debian: apt-get install chromium chromium-driver)")
    home = tmp_path_factory.mktemp("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, RESOLVER, f"--user-data-dir={home}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    # both programs are named, so that Selenium looks for nothing and fetches nothing
    service = webdriver.ChromeService(executable_path=str(DRIVER))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture
def browser(_chromium):
    """A `Browser` at an empty page, without cookies."""
    _chromium.get("about:blank")
    found = Browser(_chromium)
    found.command("Network.clearBrowserCookies")
    found.forget()
    return found
