"""Settings: precedence, unknown names, types, the password that never stands in the file."""

import os

import pytest

from workbench.errors import SettingsError
from workbench.settings import find_workspace, load_settings, password
from workbench.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "case").create()


def test_a_new_workspace_has_the_defaults_and_a_second_create_changes_nothing(workspace):
    (workspace.root / "workbench.toml").write_text("query_timeout = 5\n")
    workspace.create()
    settings = load_settings(workspace.root, environment={})
    assert settings.query_timeout == 5.0
    assert settings.db == "local"


def test_argument_beats_environment_beats_file(workspace):
    (workspace.root / "workbench.toml").write_text('user = "file"\n')
    assert load_settings(workspace.root, environment={}).user == "file"
    environment = {"WORKBENCH_USER": "environment"}
    assert load_settings(workspace.root, environment=environment).user == "environment"
    assert load_settings(workspace.root, {"user": "argument"}, environment).user == "argument"


def test_an_unknown_name_is_refused_with_the_nearest(workspace):
    (workspace.root / "workbench.toml").write_text("query_timout = 5\n")
    with pytest.raises(SettingsError, match="query_timeout"):
        load_settings(workspace.root, environment={})


@pytest.mark.parametrize("text", ['row_limit = "many"', "db = 5", "idle_minutes = true", "not toml"])
def test_a_wrong_type_or_broken_file_is_refused(workspace, text):
    (workspace.root / "workbench.toml").write_text(text)
    with pytest.raises(SettingsError):
        load_settings(workspace.root, environment={})


def test_a_password_in_the_settings_file_is_no_setting(workspace):
    (workspace.root / "workbench.toml").write_text('password = "secret"\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(workspace.root, environment={})
    assert "secret" not in str(caught.value)


def test_the_password_file_must_be_private(workspace, monkeypatch):
    monkeypatch.delenv("WORKBENCH_DB_PASSWORD", raising=False)
    file = workspace.root / "password"
    file.write_text("hidden\n")
    settings = load_settings(workspace.root, {"password_file": "password"}, {})
    os.chmod(file, 0o644)
    with pytest.raises(SettingsError, match="others can read"):
        password(settings, workspace.root)
    os.chmod(file, 0o600)
    assert password(settings, workspace.root) == "hidden"


def test_the_workspace_is_found_upward(workspace):
    deep = workspace.root / "a" / "b"
    deep.mkdir(parents=True)
    assert find_workspace(deep) == workspace.root
