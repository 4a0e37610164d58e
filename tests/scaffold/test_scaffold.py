"""What `new` writes. That it installs, syncs and passes its tests is shown in tests/test_install.py."""

import ast
import io
import tokenize
import tomllib

import pytest

from connector_host.errors import ConfigError, FileError
from connector_host.scaffold import create


def test_the_words_are_filled_in(tmp_path):
    made = create("my-app", tmp_path / "new" / "place")
    assert made == tmp_path / "new" / "place" / "connector-host-my-app"
    project = tomllib.loads((made / "pyproject.toml").read_text())["project"]
    assert project["name"] == "connector-host-my-app"
    assert project["entry-points"] == {"connector_host": {"my-app": "connector_host_my_app"}}
    assert 'connector = "my-app"' in (made / "tests" / "test_contract.py").read_text()
    assert '"My App"' in (made / "connector_host_my_app" / "__init__.py").read_text()
    assert (made / ".github" / "workflows" / "test.yml").exists()


def test_two_resource_types_are_less_than_60_lines(tmp_path):
    code = (create("my-app", tmp_path) / "connector_host_my_app" / "__init__.py").read_text()
    assert ast.get_docstring(ast.parse(code))
    tokens = [
        t
        for t in tokenize.generate_tokens(io.StringIO(code).readline)
        if t.string.strip() and t.type != tokenize.COMMENT
    ]
    docstring = tokens[0]
    lines = {t.start[0] for t in tokens if t.start[0] > docstring.end[0]}
    assert 40 < len(lines) < 60


@pytest.mark.parametrize("name", ["", "My-App", "1app", "a_b", "a--b", "-a", "a/b", "../a", "a b", "class", "a."])
def test_a_name_that_cannot_be_one_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be the name of a connector"):
        create(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "connector-host-my-app").mkdir()
    (tmp_path / "connector-host-my-app" / "mine").write_text("mine")
    with pytest.raises(FileError, match="is there already"):
        create("my-app", tmp_path)
    assert [path.name for path in (tmp_path / "connector-host-my-app").iterdir()] == ["mine"]


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made"):
        create("my-app", tmp_path / "file")
