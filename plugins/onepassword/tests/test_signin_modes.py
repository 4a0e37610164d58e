from __future__ import annotations

import pytest
from connector_host_onepassword.signin_modes import SigninMode, child_environment, choose_mode, exported_sessions

SHELL = {
    "PATH": "/bin",
    "HOME": "/root",
    "HTTPS_PROXY": "http://proxy",
    "OP_CONFIG_DIR": "/cfg",
    "OP_DEVICE": "device",
    "OP_ACCOUNT": "example",
    "OP_CONNECT_HOST": "http://connect",
    "OP_CONNECT_TOKEN": "connect",
    "OP_SERVICE_ACCOUNT_TOKEN": "ops_shell",
    "OP_SESSION": "plain",
    "OP_SESSION_AAAA": "aaaa",
    "OP_SESSION_EMPTY": "",
    "OP_SESSIONS": "no session",
    "OP_SECRET_KEY": "A3",
    "OP_DEBUG": "true",
    "OP_CACHE": "true",
    "OP_FORMAT": "human-readable",
    "OP_ISO_TIMESTAMPS": "false",
    "OP_INCLUDE_ARCHIVE": "true",
    "OP_BIOMETRIC_UNLOCK_ENABLED": "maybe",
    "BATON_PASSWORD": "hunter2",
    "BATON_SECRET_KEY": "A3",
}
DESKTOP_SETTINGS = "OP_LOAD_DESKTOP_APP_SETTINGS"
ALWAYS = {"PATH", "HOME", "HTTPS_PROXY", "OP_CONFIG_DIR", "OP_DEVICE", "OP_DEBUG", "OP_CACHE", "OP_FORMAT"}
ALWAYS |= {"OP_ISO_TIMESTAMPS", "OP_BIOMETRIC_UNLOCK_ENABLED"}


@pytest.mark.parametrize(
    ("auth_type", "environ", "credentials", "mode"),
    [
        ("user", {}, False, SigninMode.DESKTOP),
        ("user", {}, True, SigninMode.MANUAL),
        ("user", {"OP_SESSION": "x"}, False, SigninMode.SESSION),
        ("user", {"OP_SESSION_AAAA": "x"}, True, SigninMode.SESSION),
        ("user", {"OP_SESSION_AAAA": " "}, True, SigninMode.MANUAL),
        ("user", {"OP_SESSIONS": "x"}, False, SigninMode.DESKTOP),
        ("user", {"OP_SERVICE_ACCOUNT_TOKEN": "ops_"}, False, SigninMode.DESKTOP),
        ("user", {"OP_CONNECT_HOST": "h", "OP_CONNECT_TOKEN": "t"}, False, SigninMode.DESKTOP),
        ("service", {}, False, SigninMode.SERVICE),
        ("service", {"OP_SESSION": "x"}, True, SigninMode.SERVICE),
    ],
)
def test_which_mode(auth_type, environ, credentials, mode):
    assert choose_mode(auth_type, environ, has_credentials=credentials) is mode


@pytest.mark.parametrize(
    ("mode", "more"),
    [
        (SigninMode.DESKTOP, {"OP_ACCOUNT"}),
        (SigninMode.MANUAL, {"OP_ACCOUNT", DESKTOP_SETTINGS}),
        (SigninMode.SESSION, {"OP_ACCOUNT", "OP_SESSION", "OP_SESSION_AAAA", DESKTOP_SETTINGS}),
        (SigninMode.SERVICE, {"OP_SERVICE_ACCOUNT_TOKEN", DESKTOP_SETTINGS}),
    ],
)
def test_the_child_sees_what_its_mode_needs_and_nothing_that_shadows_it(mode, more):
    child = child_environment(mode, SHELL, service_token="ops_ours")
    assert set(child) == ALWAYS | more
    assert (child["OP_DEBUG"], child["OP_CACHE"], child["OP_FORMAT"]) == ("false", "false", "json")
    assert child["OP_BIOMETRIC_UNLOCK_ENABLED"] == ("true" if mode is SigninMode.DESKTOP else "false")
    if mode is SigninMode.SERVICE:
        assert child["OP_SERVICE_ACCOUNT_TOKEN"] == "ops_ours"


@pytest.mark.parametrize("mode", SigninMode)
@pytest.mark.parametrize("value", ["true", "false"])
def test_the_settings_of_the_desktop_app_are_read_only_where_the_app_signs_in(mode, value):
    child = child_environment(mode, {**SHELL, DESKTOP_SETTINGS: value})
    assert child[DESKTOP_SETTINGS] == (value if mode is SigninMode.DESKTOP else "false")


def test_exported_sessions():
    assert exported_sessions(SHELL) == {"OP_SESSION": "plain", "OP_SESSION_AAAA": "aaaa"}
