"""Sources on disk: read completely, or skipped with a reason that says where and what to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fieldkeep.core.labels.relabel.version import Version
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.labels.file_trees import MAX_BYTES
from fieldkeep.edges.labels.read_sources import ReadContext, check_files, read_all, read_source
from fieldkeep.model import Extracted, Skipped, Targets
from fieldkeep.settings.sources import SourceSetting

STATIC = """
scrape_configs:
- job_name: pool
  static_configs: [{targets: [a:1], labels: {LABEL: x}}]
"""


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def static(path: Path, label: str) -> Path:
    """A configuration whose only target carries that label."""
    return write(path, STATIC.replace("LABEL", label))


def extracted(root: Path, where: str = "p.yml") -> Extracted:
    reading = read_source("site", SourceSetting((where,)), ReadContext(root))
    assert isinstance(reading, Extracted), reading
    return reading


def skipped(root: Path, where: str = "p.yml") -> str:
    reading = read_source("site", SourceSetting((where,)), ReadContext(root))
    assert isinstance(reading, Skipped), reading
    assert reading.source == "site"
    return reading.reason


def names(reading: Extracted) -> list[list[str]]:
    return [[label.name for label in pool.labels] for pool in reading.pools]


def test_sources_come_in_the_order_of_the_settings(tmp_path: Path) -> None:
    for site in ("c", "a", "b"):
        static(tmp_path / f"{site}.yml", site)
    readings = read_all(
        {name: SourceSetting((f"{name}.yml",)) for name in ("c", "a", "none", "b")},
        ReadContext(tmp_path),
    )
    assert [reading.source for reading in readings] == ["c", "a", "none", "b"]
    assert [type(reading) for reading in readings] == [Extracted, Extracted, Skipped, Extracted]
    assert read_all({}, ReadContext(tmp_path)) == ()


def test_a_source_is_a_file_a_glob_or_several_of_them(tmp_path: Path) -> None:
    static(tmp_path / "d/b.yml", "of_b")
    static(tmp_path / "d/a.yml", "of_a")
    static(tmp_path / "e.yml", "of_e")
    both = [["instance", "job", "of_a"], ["instance", "job", "of_b"]]
    assert names(extracted(tmp_path, "d/*.yml")) == both
    reading = read_source("site", SourceSetting(("d/a.yml", "e.yml")), ReadContext(tmp_path))
    assert isinstance(reading, Extracted)
    assert (len(reading.pools), reading.files) == (2, 2)
    assert names(extracted(tmp_path, str(tmp_path / "e.yml"))) == [["instance", "job", "of_e"]]


def test_external_labels_are_those_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", "global: {external_labels: {site: north, rack: 012}}\n")
    reading = extracted(tmp_path)
    assert reading.external_labels == {"site": "north", "rack": "012"}
    assert (reading.pools, reading.port) == ((), None)


def test_included_files_and_their_target_files_are_relative_to_who_names_them(
    tmp_path: Path,
) -> None:
    write(tmp_path / "c/p.yml", "scrape_config_files: ['jobs/*.yml']\n")
    write(
        tmp_path / "c/jobs/.hidden.yml",
        "scrape_configs: [{job_name: j, file_sd_configs: [{files: [t/*.json]}]}]\n",
    )
    write(tmp_path / "c/jobs/t/t.json", '[{"targets": ["a:1"], "labels": {"rack": "r"}}]')
    reading = extracted(tmp_path, "c/p.yml")
    assert names(reading) == [["instance", "job", "rack"]]
    assert reading.pools[0].targets is Targets.SOME
    assert reading.files == 3


def test_rules_that_ask_for_a_files_path_ask_for_the_servers(tmp_path: Path) -> None:
    write(
        tmp_path / "p.yml",
        "scrape_configs:\n"
        "- job_name: j\n"
        "  file_sd_configs: [{files: [t.yml]}]\n"
        "  relabel_configs:\n"
        "  - {source_labels: [__meta_filepath], target_label: file}\n"
        "  - {source_labels: [__meta_filepath], regex: /etc/.*, target_label: f, replacement: x}\n",
    )
    write(tmp_path / "t.yml", "- {targets: [a:1], labels: {rack: r}}\n")
    (pool,) = extracted(tmp_path).pools
    assert {one.name: one.certainty.value for one in pool.labels} == {
        "f": "maybe",
        "file": "always",
        "instance": "always",
        "job": "always",
        "rack": "always",
    }


@pytest.mark.parametrize("content", [None, '[{"targets": ["a:1"], "labels": {"n": 5}}]', "nope"])
def test_what_a_target_file_will_hold_on_the_server_is_not_known(
    tmp_path: Path, content: str | None
) -> None:
    write(
        tmp_path / "p.yml",
        "scrape_configs: [{job_name: j, file_sd_configs: [{files: [t.json]}]}]\n",
    )
    if content is not None:
        write(tmp_path / "t.json", content)
    (pool,) = extracted(tmp_path).pools
    assert pool.targets is Targets.UNKNOWN
    assert [(one.name, one.certainty.value) for one in pool.labels] == [
        ("file_sd_configs", "open"),
        ("instance", "always"),
        ("job", "always"),
    ]


def test_a_job_name_is_one_server_wide(tmp_path: Path) -> None:
    write(
        tmp_path / "p.yml",
        "scrape_config_files: [more.yml]\nscrape_configs: [{job_name: same}]\n",
    )
    write(tmp_path / "more.yml", "scrape_configs: [{job_name: same}]\n")
    assert skipped(tmp_path).startswith("more.yml:1:18: this job has the job_name of the one at p")


def test_a_broken_included_file_skips_the_source(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", "scrape_config_files: [jobs/*.yml]\n")
    static(tmp_path / "jobs/good.yml", "x")
    write(tmp_path / "jobs/bad.yml", "scrape_configs: [\n")
    assert skipped(tmp_path).startswith("jobs/bad.yml:2:1: not a Prometheus configuration")


def test_jobs_that_may_be_elsewhere_are_not_nothing(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", "scrape_config_files: [jobs.yml]\n")
    unread = "p.yml:1:23: scrape_config_files names a file"
    assert extracted(tmp_path).unread.startswith(unread)
    write(tmp_path / "p.yml", "scrape_config_files: [/nowhere/at/all/*.yml]\n")
    assert extracted(tmp_path).unread.startswith(unread)
    write(tmp_path / "p.yml", "scrape_config_files: ['jobs/*.yml']\n")
    assert (extracted(tmp_path).pools, extracted(tmp_path).unread) == ((), "")


def test_it_says_which_release_it_assumes(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", "scrape_configs: []\n")
    assumed = extracted(tmp_path)
    assert (assumed.product, assumed.version, assumed.assumed) == ("prometheus", "3.5", True)
    setting = SourceSetting(("p.yml",), version=Version(2, 42))
    named = read_source("site", setting, ReadContext(tmp_path))
    assert isinstance(named, Extracted)
    assert (named.version, named.assumed) == ("2.42", False)


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("gone.yml", "gone.yml: no such file"),
        ("*.nothing", "*.nothing: no such file"),
        ("folder", "folder: no Prometheus configuration in this folder; name the file"),
        ("dangling.yml", "dangling.yml: "),
        ("pipe", "pipe: is no regular file"),
        ("a\0b", "no such file"),
        ("a\0/*", "a\0/*: not a path"),
        ("x" * 300, "name too long"),
        ("broken.yml", "broken.yml:2:3: not a Prometheus configuration: line 2"),
        ("list.yml", "list.yml:1:1: not a Prometheus configuration: line 1 begins a list"),
    ],
)
def test_what_can_not_be_read_says_where_and_what_to_do(
    tmp_path: Path, where: str, says: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling.yml").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    write(tmp_path / "broken.yml", "global: {}\n  x: [\n")
    write(tmp_path / "list.yml", "- a\n")
    reason = skipped(tmp_path, where)
    assert says.lower() in reason.lower()
    assert "; " in reason
    assert "pw@" not in reason


def test_one_file_of_a_glob_that_fails_skips_the_whole_source(tmp_path: Path) -> None:
    static(tmp_path / "a.yml", "x")
    write(tmp_path / "b.yml", "scrape_configs: [{job_name: ''}]\n")
    assert skipped(tmp_path, "*.yml").startswith("b.yml:1:18: ")


def test_a_file_beyond_all_reason_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", b"#" * (MAX_BYTES + 1))
    assert skipped(tmp_path).startswith(f"p.yml: larger than {MAX_BYTES} bytes")
    write(tmp_path / "p.yml", b"#" * MAX_BYTES)
    assert extracted(tmp_path).pools == ()


def test_no_secret_of_a_configuration_is_in_a_reason(tmp_path: Path) -> None:
    write(
        tmp_path / "p.yml",
        "remote_write: [{url: 'http://u:s3cret@h/?token=s3cret', basic_auth: {password: s3cret}}]\n"
        "scrape_configs:\n"
        "- job_name: j\n"
        "  basic_auth: {username: u, password: s3cret}\n"
        "  params: {token: s3cret}\n",
    )
    reason = skipped(tmp_path)
    assert reason.startswith("p.yml:5:19: ")
    assert "s3cret" not in reason


# Quirks of go-yaml that our reading must share: (what is written, whether it is taken).
QUIRKS = {
    "merged map with a double": "[{targets: [a], labels: &l {t: x}}, {labels: {<<: *l, t: y}}]",
    "merged map filled": "[&t {targets: [a], labels: {t: x}}, {<<: *t, labels: {o: y}}]",
    "merged map filled twice": "[&t {targets: [a], labels: {t: x}}, {<<: *t, labels: {t: y}}]",
    "merged twice": "[&t {targets: [a]}, {<<: *t, <<: *t}]",
    "merged map twice": "[&t {targets: [a], labels: {t: x}}, {<<: *t, <<: *t}]",
    "quoted merge key": "[&t {targets: [a]}, {'<<': *t}]",
    "merged null": "[{<<: , targets: [a]}]",
    "null targets": "[{targets: [null, '']}]",
    "null label": "[{targets: [a], labels: {~: x}}]",
    "empty label": "[{targets: [a], labels: {'': x}}]",
    "list as a label": "[{targets: [a], labels: {[a]: b}}]",
    "labels in a list": "[{targets: [a], labels: [a]}]",
    "null group": "[~]",
    "quoted null for groups": "'null'",
    "text for groups": "hello",
    "null for groups": "~",
    "tagged text": "[{targets: [!x a], labels: !y {a: !z b}}]",
    "text for targets": "[{targets: a}]",
    "alias without an anchor": "[*a]",
    "url": "[{targets: ['http://a/']}]",
    "unknown field": "[{target: [a]}]",
}


@pytest.mark.parametrize("targets", QUIRKS.values(), ids=QUIRKS)
def test_static_configs_are_taken_where_prometheus_takes_them(
    tmp_path: Path, promtool: Path, targets: str
) -> None:
    content = f"scrape_configs:\n- job_name: a\n  static_configs: {targets}\n"
    path = write(tmp_path / "p.yml", content)
    real = subprocess.run([promtool, "check", "config", path], capture_output=True, check=False)
    ours = read_source("site", SourceSetting(("p.yml",)), ReadContext(tmp_path))
    assert isinstance(ours, Extracted) is (real.returncode == 0), (ours, real.stdout, real.stderr)


def repository(folder: Path) -> Checkout:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    write(folder / "d/p.yml", "scrape_config_files: ['jobs/*.yml']\n")
    job = "scrape_configs: [{job_name: j, file_sd_configs: [{files: [t.json]}]}]\n"
    write(folder / "d/jobs/j.yml", job)
    write(folder / "d/jobs/t.json", '[{"targets": ["a:1"], "labels": {"rack": "r"}}]')
    git("add", "-A")
    git("commit", "-qm", "one")
    return Checkout(folder)


@pytest.mark.parametrize("where", ["git:HEAD:d/p.yml", "git:HEAD:d/*.yml", "git:HEAD:d"])
def test_a_commit_is_read_with_the_files_it_names(tmp_path: Path, where: str) -> None:
    checkout = repository(tmp_path)
    (tmp_path / "d/jobs/t.json").unlink()
    static(tmp_path / "d/p.yml", "newer")
    reading = read_source("site", SourceSetting((where,)), ReadContext(tmp_path, checkout=checkout))
    assert isinstance(reading, Extracted), reading
    assert names(reading) == [["instance", "job", "rack"]]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("git:HEAD:gone.yml", "git:HEAD:gone.yml: no such file"),
        ("git:HEAD:../x.yml", "no such file"),
        ("git:nowhere:d/p.yml", "'nowhere' is no commit"),
        ("git:d/p.yml", "not git:REV:PATH"),
        ("git:--help:p.yml", "is no commit"),
    ],
)
def test_what_a_commit_does_not_hold_is_skipped(tmp_path: Path, where: str, reason: str) -> None:
    context = ReadContext(tmp_path, checkout=repository(tmp_path))
    reading = read_source("site", SourceSetting((where,)), context)
    assert isinstance(reading, Skipped)
    assert reason in reading.reason
    outside = read_source("site", SourceSetting((where,)), ReadContext(tmp_path))
    assert isinstance(outside, Skipped)


def test_a_folder_is_what_prometheus_would_be_started_with(tmp_path: Path) -> None:
    write(tmp_path / "d/main.yml", "scrape_config_files: [job.yaml]\n")
    static(tmp_path / "d/job.yaml", "of_job")
    static(tmp_path / "d/other.yml", "of_other").write_text(
        STATIC.replace("LABEL", "of_other").replace("pool", "other"), "utf-8"
    )
    write(tmp_path / "d/rules.yml", "groups: [{name: g, rules: []}]\n")
    write(tmp_path / "d/targets.yml", "- {targets: [a:1]}\n")
    reading = extracted(tmp_path, "d")
    assert names(reading) == [["instance", "job", "of_job"], ["instance", "job", "of_other"]]
    assert [warning.split(":")[0] for warning in reading.warnings] == [
        "d/rules.yml",
        "d/targets.yml",
    ]
    static(tmp_path / "d/prometheus.yml", "of_main")
    assert names(extracted(tmp_path, "d")) == [["instance", "job", "of_main"]]


def test_the_release_of_a_source_decides_what_is_read(tmp_path: Path) -> None:
    write(tmp_path / "p.yml", "scrape_config_files: ['x/*.yml']\n")
    old = SourceSetting(("p.yml",), version=Version(2, 42))
    assert isinstance(read_source("site", old, ReadContext(tmp_path)), Skipped)
    assert isinstance(
        read_source("site", SourceSetting(("p.yml",)), ReadContext(tmp_path, Version(2, 43))),
        Extracted,
    )


def test_the_files_of_a_source_are_checked_with_those_that_they_name(tmp_path: Path) -> None:
    write(
        tmp_path / "p.yml",
        "rule_files: [rules/a.yml, rules/none.yml, rules/*.yml, /etc/none.yml]\n"
        "scrape_config_files: [more.yml]\n",
    )
    write(tmp_path / "rules" / "a.yml", "groups: []\n")
    write(
        tmp_path / "more.yml",
        "scrape_configs:\n- job_name: a\n  sample_limit: x\n"
        "  file_sd_configs: [{files: [t.json]}]\n",
    )
    write(tmp_path / "t.json", "{")
    count, problems = check_files(SourceSetting(("p.yml",)), ReadContext(tmp_path))
    assert count == 2
    assert [(str(problem.where), problem.check) for problem in problems] == [
        ("p.yml:1:27", "prometheus/rule-file"),
        ("more.yml:3:17", "prometheus-config"),
        ("t.json:1:2", "prometheus/target-file"),
    ]


def test_a_source_that_is_no_file_has_nothing_to_check(tmp_path: Path) -> None:
    for where in ("https://prometheus.example.com", "none.yml", "git:main:p.yml"):
        assert check_files(SourceSetting((where,)), ReadContext(tmp_path)) == (0, [])
