"""What `new` writes. That it installs, syncs and passes its tests is shown in tests/test_install.py."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from connector_host.cli.commands.connectors import new
from connector_host.errors import ConfigError, FileError
from connector_host.scaffold import TEMPLATES, create
from tests.docs.walkthrough import lines_of_code, page


def test_the_words_are_filled_in(tmp_path):
    made = create("my-app", tmp_path / "new" / "place")
    assert made == tmp_path / "new" / "place" / "connector-host-my-app"
    project = tomllib.loads((made / "pyproject.toml").read_text())["project"]
    assert project["name"] == "connector-host-my-app"
    assert project["entry-points"] == {"connector_host": {"my-app": "connector_host_my_app"}}
    assert 'connector = "my-app"' in (made / "tests" / "test_contract.py").read_text()
    assert '"My App"' in (made / "connector_host_my_app" / "__init__.py").read_text()
    assert (made / ".github" / "workflows" / "test.yml").exists()


def test_two_resource_types_are_less_than_60_lines_as_the_guide_says(tmp_path):
    code = (create("my-app", tmp_path) / "connector_host_my_app" / "__init__.py").read_text()
    lines = lines_of_code(code)
    assert 40 < lines < 60
    assert re.search(r"two resource types take (\d+) lines of code", page("docs/connectors.md"))[1] == str(lines)


def test_the_workflow_does_what_is_shown_to_work_in_test_install_on_every_python_of_the_host(tmp_path):
    made = create("my-app", tmp_path)
    (job,) = yaml.safe_load((made / ".github" / "workflows" / "test.yml").read_text())["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["pip install '.[test]'", "pytest"]
    classifiers = tomllib.loads(page("pyproject.toml"))["project"]["classifiers"]
    assert job["strategy"]["matrix"]["python"] == [one.split()[-1] for one in classifiers if ":: 3." in one]


@pytest.mark.parametrize("name", ["", "My-App", "1app", "a_b", "a--b", "-a", "a/b", "../a", "a b", "class", "a."])
def test_a_name_that_cannot_be_one_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be the name of a connector"):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "connector-host-my-app").mkdir()
    (tmp_path / "connector-host-my-app" / "mine").write_text("mine")
    with pytest.raises(FileError, match="exists already"):
        create("my-app", tmp_path)
    assert [path.name for path in (tmp_path / "connector-host-my-app").iterdir()] == ["mine"]


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be created"):
        create("my-app", tmp_path / "file")


# --------------------------------------------------------------------------------------------- templates


def test_the_command_offers_the_templates():
    assert set(new.TEMPLATES) == set(TEMPLATES)
    with pytest.raises(ConfigError, match="no template 'ftp'"):
        create("my-app", Path("nowhere"), "ftp")


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_syncs_its_sample_and_keeps_the_contract(template, tmp_path, site):
    made = create(f"sample-{template}", tmp_path, template)
    package = f"connector_host_sample_{template}"
    assert "@" not in re.sub(
        r"@hookimpl|@\w+\.com|@v\d",
        "",
        "".join(
            path.read_text() for path in made.rglob("*") if path.is_file() and path.suffix in (".py", ".toml", ".md")
        ),
    )
    shutil.copytree(made / package, site.folder / package)
    site.add(f"sample-{template}", points=[f"sample-{template} = {package}"])
    done = site.run("sync", f"sample-{template}", "-f", "sync.c1z", "-o", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["totals"]["resources"] == (3 if template == "minimal" else 5)
    code = "from connector_host.testing import ContractTests\nclass TestContract(ContractTests):\n    connector = {!r}\n    most_cuts, page_sizes = 1, (1,)\n"
    (tmp_path / "test_contract.py").write_text(code.format(f"sample-{template}"))
    done = site.run("-q", "-p", "no:cacheprovider", "test_contract.py", cwd=tmp_path, python=("-m", "pytest"))
    assert done.returncode == 0, done.stdout


def test_a_distribution_name_is_not_prefixed_twice_and_a_name_in_use_is_reported(site, tmp_path):
    done = site.run("new", "connector-host-my-app", cwd=tmp_path)
    assert done.returncode == 0
    assert "The connector is called my-app" in done.stderr
    assert (tmp_path / "connector-host-my-app").is_dir()
    site.add("taken")
    done = site.run("new", "taken", cwd=tmp_path)
    assert done.returncode == 0
    assert "A connector taken is installed already (taken)" in done.stderr
