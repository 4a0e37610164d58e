"""Discovery from metadata alone."""

import sys

import pytest

from connector_host.errors import ConfigError, PluginError
from connector_host.plugins import loading
from connector_host.plugins.discovery import COMMANDS, OBSERVERS, discover, is_name


def test_discover_reads_metadata_and_imports_nothing(site):
    site.add("alpha", "raise AssertionError('imported')", summary="First.")
    entry = next(one for one in discover() if one.name == "alpha")
    assert (entry.distribution, entry.version, entry.summary, entry.problem) == ("alpha", "1.0", "First.", "")
    assert "alpha" not in sys.modules


def test_discover_sees_only_what_the_allow_list_has(site, monkeypatch):
    site.add("alpha")
    site.add("beta")
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS", "beta, gamma")
    assert [entry.name for entry in discover()] == ["beta"]
    with pytest.raises(ConfigError, match="installed, but CONNECTOR_HOST_PLUGINS does not list it"):
        loading.load("alpha")


def test_an_empty_allow_list_is_none(site, monkeypatch):
    site.add("alpha")
    monkeypatch.setenv("CONNECTOR_HOST_PLUGINS", "")
    assert "alpha" in [entry.name for entry in discover()]


def test_two_distributions_of_one_name_are_refused_naming_both_and_harm_no_other(site):
    site.add("one-dist", points=["same = one_dist"])
    site.add("two-dist", points=["same = two_dist"])
    site.add("other")
    with pytest.raises(PluginError, match=r"'same' is offered by one-dist 1\.0 and two-dist 1\.0"):
        loading.load("same")
    assert loading.load("other").name == "other"


def test_a_second_copy_of_a_distribution_later_on_the_path_is_not_a_clash(site, tmp_path, monkeypatch):
    site.add("alpha", version="2.0")
    later = tmp_path / "later" / "alpha-1.0.dist-info"
    later.mkdir(parents=True)
    (later / "METADATA").write_text("Metadata-Version: 2.1\nName: Alpha\nVersion: 1.0\n")
    (later / "entry_points.txt").write_text("[connector_host]\nalpha = alpha\n")
    monkeypatch.syspath_prepend(str(tmp_path / "later"))
    monkeypatch.syspath_prepend(str(site.folder))
    assert loading.load("alpha").version == "2.0"


@pytest.mark.parametrize("name", ["-f", "a b", "ä", "a/b", "", ".x"])
def test_a_name_that_no_command_line_or_config_file_takes_is_refused(name):
    assert not is_name(name)


def test_a_bad_name_is_a_problem_of_that_entry_alone(site):
    site.add("weird", points=["--file = weird", "good = weird"])
    problems = {entry.name: entry.problem for entry in discover()}
    assert "may hold only" in problems["--file"]
    assert problems["good"] == ""


@pytest.mark.parametrize("text", ["[connector_host]\nno equals sign\n", "[connector_host\n", "[connector_host]\n= x\n"])
def test_damaged_metadata_hides_no_other_distribution(site, text):
    (site.add("damaged") / "entry_points.txt").write_text(text)
    site.add("fine")
    assert "fine" in [entry.name for entry in discover()]


def test_metadata_that_is_not_text_hides_no_other_distribution(site):
    (site.add("damaged") / "entry_points.txt").write_bytes(b"[connector_host]\n\xff\xfe = x\n")
    site.add("fine")
    assert loading.load("fine").name == "fine"


def test_entry_points_without_metadata_beside_them_are_listed(site):
    (site.add("bare") / "METADATA").unlink()
    assert loading.load("bare").distribution in {"bare", "?"}


def test_unknown_names_what_is_near_and_how_to_install(site):
    site.add("onepass")
    with pytest.raises(ConfigError, match=r"installed: .*onepass") as near:
        loading.load("onepss")
    assert near.value.hint == "Did you mean onepass?"
    with pytest.raises(ConfigError) as far:
        loading.load("zzzz")
    assert "pip install connector-host-zzzz" in far.value.hint
    assert far.value.exit_code == 2


def test_groups_do_not_mix(site):
    site.add("watch", "x = 1", group=OBSERVERS)
    assert "watch" not in [entry.name for entry in discover()]
    assert discover(COMMANDS) == []
