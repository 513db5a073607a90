"""Settings: four layers, each remembering itself, and no misspelling that goes unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fieldkeep.core.labels.relabel.version import Version
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.errors import UsageError
from fieldkeep.settings.settings import DEFAULT_KEY, DEFAULT_STORE, Flags, Settings, load
from fieldkeep.settings.sources import SourceSetting, Wrong, parse_flags, parse_sources


def places(sources: Mapping[str, SourceSetting]) -> dict[str, tuple[str, ...]]:
    return {name: source.where for name, source in sources.items()}


PROJECT = """
[tool.fieldkeep]
key = "a/fields"
history = 5
sources = { master = "prometheus/master.yml", sites = ["a.yml", "b.yml"] }

[tool.fieldkeep.environments.prod]
store = "consul://consul.example:8500"
key = "prod/fields"

[tool.fieldkeep.environments.bare]
key = "bare/fields"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return tmp_path


def refusal(
    start: Path, flags: Flags | None = None, variables: Mapping[str, str] | None = None
) -> UsageError:
    with pytest.raises(UsageError) as error:
        load(flags or Flags(), start, variables or {})
    assert error.value.hint
    return error.value


def write(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


# --------------------------------------------------------------------------- layers


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    found = load(Flags(), tmp_path, {})
    assert (
        (found.store, found.key)
        == (DEFAULT_STORE, DEFAULT_KEY)
        == (
            "sqlite:///.fieldkeep/store.db",
            "skills/eye/metadata/fields",
        )
    )
    assert (found.history, found.static_labels, found.exclude) == (10, False, ())
    assert found.origins == {}
    assert found.limits.value == 512 * 1024


def test_each_layer_wins_over_the_one_before_and_says_so(project: Path) -> None:
    found = load(Flags(), project, {})
    assert found.key == "a/fields"
    assert found.origins["key"] == "pyproject.toml [tool.fieldkeep]"

    found = load(Flags(env="prod"), project, {})
    assert (found.key, found.history) == ("prod/fields", 5)
    assert "environments.prod" in found.origins["key"]

    found = load(Flags(env="prod"), project, {"FIELDKEEP_KEY": "var/fields"})
    assert found.key == "var/fields"
    assert found.origins["key"] == "variable FIELDKEEP_KEY"

    found = load(Flags(env="prod", key="flag/fields"), project, {"FIELDKEEP_KEY": "var/fields"})
    assert found.key == "flag/fields"
    assert found.origins["key"] == "command line"


def test_the_environment_may_be_named_by_a_variable(project: Path) -> None:
    assert load(Flags(), project, {"FIELDKEEP_ENV": "prod"}).key == "prod/fields"
    assert load(Flags(env="prod"), project, {"FIELDKEEP_ENV": "other"}).key == "prod/fields"


def test_an_empty_variable_counts_as_unset(project: Path) -> None:
    empty = {"FIELDKEEP_KEY": "", "FIELDKEEP_ENV": "", "FIELDKEEP_NONSENSE": ""}
    found = load(Flags(), project, empty)
    assert (found.key, found.environment) == ("a/fields", None)


def test_an_environment_without_a_store_is_refused_even_if_the_variable_is_empty(
    project: Path,
) -> None:
    error = refusal(project, Flags(env="bare"), {"FIELDKEEP_STORE": ""})
    assert "names no store" in str(error)
    assert "environments.bare" in error.hint
    assert load(Flags(env="bare", store="consul://x"), project, {}).store == "consul://x"
    assert load(Flags(env="bare"), project, {}, storeless=True).environment == "bare"


def test_an_environment_has_bounds_of_its_own(tmp_path: Path) -> None:
    text = "[tool.fieldkeep]\nmost_deletes = 9\nchange_percent = 80\n"
    strict = "[tool.fieldkeep.environments.strict]\nstore = 'consul://x'\nmost_deletes = 0\n"
    root = write(tmp_path, text + strict)
    assert load(Flags(), root, {}).thresholds == Thresholds(most_deletes=9, change_percent=80)
    strict_bounds = Thresholds(most_deletes=0, change_percent=80)
    assert load(Flags(env="strict"), root, {}).thresholds == strict_bounds
    assert Settings(root).thresholds == Thresholds()


def test_every_setting_can_be_said_by_a_variable(tmp_path: Path) -> None:
    found = load(
        Flags(),
        tmp_path,
        {
            "FIELDKEEP_STORE": "consul://x",
            "FIELDKEEP_FIELDS": "f",
            "FIELDKEEP_SCHEMA": "s",
            "FIELDKEEP_SOURCES": "m=a.yml,m=b.yml,n=c.yml",
            "FIELDKEEP_SOURCE_VERSION": "2.45",
            "FIELDKEEP_STATIC_LABELS": "true",
            "FIELDKEEP_EXCLUDE": "tmp_*, x",
            "FIELDKEEP_UNMANAGED": "hide",
            "FIELDKEEP_OWNER": "me",
            "FIELDKEEP_HISTORY": "3",
            "FIELDKEEP_MAX_VALUE_BYTES": "2048",
            "FIELDKEEP_MAX_TRANSACTION_BYTES": "4096",
            "FIELDKEEP_MOST_DELETES": "0",
            "FIELDKEEP_DELETE_PERCENT": "10",
            "FIELDKEEP_CHANGE_PERCENT": "100",
            "FIELDKEEP_REQUIRE_ALL_SOURCES": "true",
            "FIELDKEEP_ACTOR": "not a setting",
            "HOME": "/nowhere",
        },
    )
    assert places(found.sources) == {"m": ("a.yml", "b.yml"), "n": ("c.yml",)}
    assert found.exclude == ("tmp_*", "x")
    assert found.static_labels is True
    assert found.unmanaged is Unmanaged.HIDE
    assert (found.history, found.limits.value, found.limits.transaction) == (3, 2048, 4096)
    assert (found.owner, found.fields, found.schema) == ("me", "f", "s")
    assert (found.thresholds, found.require_all_sources) == (Thresholds(0, 10, 100), True)
    assert (found.source_version, found.store) == (Version(2, 45), "consul://x")


def test_the_root_is_the_nearest_project_upwards(project: Path) -> None:
    inner = project / "a" / "b"
    inner.mkdir(parents=True)
    (project / "a" / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    assert load(Flags(), inner, {}).root == project


OWN = """
key = "a/fields"

[environments.prod]
store = "consul://consul.example:8500"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "fieldkeep.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


def test_a_file_of_our_own_holds_the_same_settings(own: Path) -> None:
    inner = own / "a"
    inner.mkdir()
    write(own, "[tool.other]\n")
    found = load(Flags(env="prod"), inner, {})
    assert (found.root, found.key, found.store) == (own, "a/fields", "consul://consul.example:8500")
    assert found.origins["key"] == "fieldkeep.toml"
    assert found.origins["store"] == "fieldkeep.toml [environments.prod]"


def test_a_project_has_one_file_of_settings(own: Path) -> None:
    write(own, "[tool.fieldkeep]\n")
    assert "both fieldkeep.toml and pyproject.toml" in str(refusal(own))


def test_the_nearer_file_makes_the_project(own: Path) -> None:
    inner = own / "a"
    inner.mkdir()
    write(inner, "[tool.fieldkeep]\nkey = 'inner/fields'\n")
    assert load(Flags(), inner, {}).key == "inner/fields"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stroe = 'x'\n", "fieldkeep.toml: unknown setting 'stroe'"),
        ("a = 1\na = 2\n", "fieldkeep.toml: not TOML"),
        ("[tool.fieldkeep]\n", "fieldkeep.toml: [tool.fieldkeep] is for pyproject.toml"),
        ("environments = 5\n", "fieldkeep.toml: environments is not a table"),
        ("[environments]\nprod = 5\n", "fieldkeep.toml: environments.prod is not a table"),
        ("[environments.pord]\n", "there is no [environments.prod] in fieldkeep.toml"),
        ("[environments.prod]\nkee = 'x'\n", "fieldkeep.toml [environments.prod]: unknown"),
    ],
)
def test_messages_name_the_file_that_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "fieldkeep.toml").write_text(text, encoding="utf-8")
    assert said in str(refusal(tmp_path, Flags(env="prod")))


def test_an_environment_without_store_is_told_where_to_set_it(own: Path) -> None:
    (own / "fieldkeep.toml").write_text("[environments.prod]\n", encoding="utf-8")
    assert "fieldkeep.toml [environments.prod]" in refusal(own, Flags(env="prod")).hint


def test_without_a_project_the_root_is_gits(tmp_path: Path) -> None:
    inner = tmp_path / "a"
    (tmp_path / ".git").mkdir()
    inner.mkdir()
    assert load(Flags(), inner, {}).root == tmp_path


# --------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[tool.fieldkeep]\nstroe = 'x'\n", "did you mean 'store'?"),
        ("[tool.fieldkeep]\nmax_value = 5\n", "did you mean 'max_value_bytes'?"),
        ("[tool.fieldkeep]\nzzzzzz = 5\n", "`fieldkeep help settings`"),
    ],
)
def test_an_unknown_setting_is_an_error(tmp_path: Path, text: str, hint: str) -> None:
    error = refusal(write(tmp_path, text))
    assert "unknown setting" in str(error)
    assert error.hint.startswith(hint)


def test_an_unknown_variable_is_an_error(tmp_path: Path) -> None:
    error = refusal(tmp_path, variables={"FIELDKEEP_STROE": "x"})
    assert "FIELDKEEP_STROE" in str(error)
    assert error.hint == "did you mean 'FIELDKEEP_STORE'?"


def test_an_unknown_setting_of_an_environment_is_an_error(tmp_path: Path) -> None:
    text = "[tool.fieldkeep.environments.prod]\nstore = 'x'\nkee = 'x'\n"
    error = refusal(write(tmp_path, text), Flags(env="prod"))
    assert "environments.prod" in str(error)
    assert error.hint == "did you mean 'key'?"


@pytest.mark.parametrize(
    ("name", "hint"), [("prd", "did you mean 'prod'?"), ("zzzz", "one of: bare, prod")]
)
def test_an_unknown_environment_is_an_error(project: Path, name: str, hint: str) -> None:
    error = refusal(project, Flags(env=name))
    assert f"environments.{name}" in str(error)
    assert error.hint == hint


@pytest.mark.parametrize(
    "line",
    [
        *("store = 5", "store = ''", "store = ' '", "key = []", "fields = true", "owner = ''"),
        *("static_labels = 'maybe'", "static_labels = 2", "exclude = 5", "exclude = [1]"),
        *("unmanaged = 'hidden'", "unmanaged = true"),
        *("history = 0", "history = 101", "history = 5.0", "history = true", "history = 'x'"),
        *("max_value_bytes = 10", "max_value_bytes = -1", "sources = 5", "sources = {a = 5}"),
        *("sources = {a = []}", "sources = {a = ''}", "sources = {a = ['x', 5]}", "sources = '='"),
        *("environments = 5", "source_version = 2.45", "require_all_sources = 'x'"),
        *("most_deletes = -1", "delete_percent = 101", "change_percent = 0.5"),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    error = refusal(write(tmp_path, f"[tool.fieldkeep]\n{line}\n"))
    assert line.partition(" ")[0] in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "[tool.fieldkeep\n",
        "# [tool.fieldkeep]\ntool = 5\n",
        "# [tool.fieldkeep]\n[tool]\nfieldkeep = 5\n",
        "[tool.fieldkeep]\na = 1\na = 2\n",
    ],
)
def test_a_project_file_that_cannot_be_used_is_an_error(tmp_path: Path, text: str) -> None:
    assert "pyproject.toml" in str(refusal(write(tmp_path, text)))


def test_a_project_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.fieldkeep]\nkey = '\xff'\n")
    assert "pyproject.toml" in str(refusal(tmp_path))


@pytest.mark.parametrize(
    "key",
    [
        *(
            "/a",
            "a/",
            "a//b",
            "a/../b",
            "./a",
            "a b",
            "a?b",
            "é",
            "a/.",
            "..",
            "a\nb",
            "a%2Fb",
            "a\n",
        ),
        *("a..b", "...a/b", "a.", "a:b", "a+b", " a", "a ", "a%20b"),
    ],
)
def test_a_key_that_a_store_would_fold_or_refuse_is_refused(tmp_path: Path, key: str) -> None:
    assert "cannot be used" in str(refusal(tmp_path, Flags(key=key)))


@pytest.mark.parametrize("key", ["a", "a/b.c", "a-b/c_d,e", ".a/b", "skills/eye/metadata/fields"])
def test_a_plain_key_is_taken(tmp_path: Path, key: str) -> None:
    assert load(Flags(key=key), tmp_path, {}).keys.document == key


# --------------------------------------------------------------------------- sources and paths


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["a.yml"], {"a": ("a.yml",)}),
        (["prometheus/north.yml"], {"north": ("prometheus/north.yml",)}),
        (["n=a.yml"], {"n": ("a.yml",)}),
        (["n=a.yml", "n=b.yml"], {"n": ("a.yml", "b.yml")}),
        (["n=a.yml", "n=b.yml", "n=c.yml"], {"n": ("a.yml", "b.yml", "c.yml")}),
        (["n=sites/*.yml"], {"n": ("sites/*.yml",)}),
        (["sites/*.yml"], {"all": ("sites/*.yml",)}),
        (["a/b=c.yml"], {"b=c": ("a/b=c.yml",)}),
        (["n=http://host:9090"], {"n": ("http://host:9090",)}),
        (["n=http://host:9090/"], {"n": ("http://host:9090",)}),
        (["n=a=b.yml"], {"n": ("a=b.yml",)}),
    ],
)
def test_the_forms_of_a_source(values: list[str], found: dict[str, tuple[str, ...]]) -> None:
    assert places(parse_flags(values)) == found


@pytest.mark.parametrize("value", ["", "=", "n=", "=a.yml"])
def test_a_source_without_a_name_or_a_place_is_refused(tmp_path: Path, value: str) -> None:
    error = refusal(tmp_path, Flags(sources=(value,)))
    assert str(error).startswith("--source")
    assert "north=" in error.hint


def test_paths_on_the_command_line_start_where_the_user_stands(project: Path) -> None:
    inner = project / "inner"
    inner.mkdir()
    found = load(Flags(fields="mine", sources=("n=a.yml", "n=b.yml", "m=http://x:9090")), inner, {})
    assert found.root == project
    assert found.fields == str(inner / "mine")
    assert places(found.sources) == {
        "n": (str(inner / "a.yml"), str(inner / "b.yml")),
        "m": ("http://x:9090",),
    }
    assert found.origins["sources"] == found.origins["fields"] == "command line"


def test_sources_on_the_command_line_replace_the_configured_ones(project: Path) -> None:
    assert set(load(Flags(), project, {}).sources) == {"master", "sites"}
    assert set(load(Flags(sources=("n=a.yml",)), project, {}).sources) == {"n"}


def test_settings_can_be_compared() -> None:
    assert Settings(Path("/x")) == Settings(Path("/x"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"where": "p.yml", "engine": "vm"}, "engine must be prometheus or victoriametrics"),
        ({"where": "p.yml", "strict": False}, 'strict = false needs engine = "victoriametrics"'),
        ({"where": "p.yml", "strict": "no"}, "strict must be true or false"),
        ({"where": "p.yml", "map": {"etc": "x"}}, "map must name absolute folders"),
        ({"where": "p.yml", "map": ["x"]}, "map must be a table of folders"),
    ],
)
def test_an_engine_is_one_that_is_known(source: dict[str, object], message: str) -> None:
    with pytest.raises(Wrong, match=message):
        parse_sources({"north": source})
    lenient = parse_sources({"n": {"where": "p", "engine": "victoriametrics", "strict": False}})
    assert (lenient["n"].engine, lenient["n"].strict) == ("victoriametrics", False)
