"""The environment is read once, by type, and a variable that cannot be read is named."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from core.hub.errors import RecipeError
from core.hub.settings import ROOT, Settings, make_settings


def test_an_empty_environment_gives_the_defaults():
    assert make_settings({}) == Settings()


def test_each_variable_is_read_by_the_type_of_its_default(tmp_path):
    found = make_settings({"HUB_HOME": str(tmp_path), "UPLOAD_MB": "7", "JOBS_TIMEOUT_S": "1.5", "WARM_UP": "yes"})
    assert found.hub_home == Path(tmp_path)
    assert (found.upload_mb, found.jobs_timeout_s, found.warm_up) == (7, 1.5, True)
    assert make_settings({"WARM_UP": "0"}).warm_up is False


@pytest.mark.parametrize(("name", "text"), [("UPLOAD_MB", "many"), ("JOBS_TIMEOUT_S", "1h"), ("WARM_UP", "perhaps")])
def test_a_variable_that_cannot_be_read_is_named_with_its_value(name, text):
    with pytest.raises(RecipeError, match=f"{name} is '{text}'"):
        make_settings({name: text})


@pytest.mark.parametrize("text", ["inf", "nan", "-1", "1e10"])
def test_a_time_that_no_clock_can_wait_for_is_refused(text):
    with pytest.raises(RecipeError, match=f"IDLE_RELEASE_S is '{text}'; it must be a number of seconds from 0 to"):
        make_settings({"IDLE_RELEASE_S": text})


def test_models_go_no_sooner_than_a_lost_connection_loses_its_session():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert Settings().idle_release_s > config["server"]["disconnectedSessionTTL"]


def test_every_field_has_a_meaning_in_the_docstring():
    for each in fields(Settings):
        assert f"{each.name} : " in Settings.__doc__
