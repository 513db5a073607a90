"""A new project's settings say what was meant, whatever the repository's names are."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.init import (
    CI_FILES,
    Pin,
    ci_values,
    filled,
    installed_pin,
    settings_text,
    source_names,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["prometheus/north.yml", "prometheus/south.yaml"], ["north", "south"]),
        (
            ["north/prometheus.yml", "south/prometheus.yml"],
            ["north-prometheus", "south-prometheus"],
        ),
        (["b/prometheus.yml", "a/prometheus.yml", "c.yml"], ["b-prometheus", "a-prometheus", "c"]),
        (["x/a/p.yml", "x/b/p.yml", "y/b/p.yml"], ["a-p", "x-b-p", "y-b-p"]),
        (["prometheus.yml", "a/prometheus.yml"], ["prometheus", "a-prometheus"]),
        (["a-b/c.yml", "a/b-c.yml", "b/c.yml"], ["a-b/c.yml", "a/b-c.yml", "b/c.yml"]),
        (["a.b/p.yml", "p.yml.yml"], ["p", "p.yml"]),
        (["p.yml", "p.yaml"], ["p.yml", "p.yaml"]),
    ],
)
def test_sources_get_the_shortest_names_that_tell_them_apart(
    paths: list[str], names: list[str]
) -> None:
    assert source_names(paths) == dict(zip(names, paths, strict=True))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(TEXT, TEXT, TEXT, st.dictionaries(TEXT, st.lists(TEXT, min_size=1)))
def test_settings_are_read_back_as_they_were_meant(
    environment: str, store: str, key: str, sources: dict[str, list[str]]
) -> None:
    text = settings_text({"key": key}, environment, store, sources)
    read: dict[str, Any] = tomllib.loads(text)
    assert read["environments"] == {environment: {"store": store}}
    assert (read["key"], read["unmanaged"]) == (key, "hide")
    found = read.get("sources", {})
    assert {n: [at] if isinstance(at, str) else at for n, at in found.items()} == sources


def test_ci_files_take_branches_and_folders_of_any_name() -> None:
    pin = Pin("https://github.example/team/fieldkeep.git", COMMIT, "v1.2.3")
    template = "on: {push: {branches: [__branch__]}}\nin: __folder__\n"
    template += "of: __environments__\n"
    template += "uses: __repository__@__ref__ # __release__"
    text = filled(template, ci_values(pin, "on", 'a"b', "no"))
    assert yaml.safe_load(text) == {
        True: {"push": {"branches": ["on"]}},
        "in": 'a"b',
        "of": '["no"]',
        "uses": f"team/fieldkeep@{COMMIT}",
    }
    assert text.endswith(" # v1.2.3")
    assert pin.is_commit
    assert not Pin(pin.url, "v1.2.3", "v1.2.3").is_commit


def test_every_ci_has_its_files() -> None:
    assert list(CI_FILES) == ["github", "gitlab", "none"]
    assert not CI_FILES["none"]


@pytest.mark.parametrize(
    ("origin", "release"),
    [
        ({"vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v2"}}, "v2"),
        ({"vcs_info": {"vcs": "git", "commit_id": COMMIT}}, "v1.2.3 or newer"),
        ({"archive_info": {}}, None),
        ({"dir_info": {"editable": True}}, None),
    ],
)
def test_an_installation_from_git_names_its_commit(origin: Any, release: str | None) -> None:
    pin = installed_pin("https://git.example/a/b", "v1.2.3", {"url": "file:///x", **origin})
    assert pin == (release and Pin("https://git.example/a/b", COMMIT, release))
