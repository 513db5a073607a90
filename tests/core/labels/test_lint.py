"""Findings about relabel rules: each on a rule that has it, none on one that has not."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.config.configuration import read_configuration
from fieldkeep.core.labels.extract import read_pools
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.labels.lint_escapes import lint_escapes
from fieldkeep.core.labels.lint_fields import lint_fields
from fieldkeep.core.labels.lint_rules import lint_rules
from fieldkeep.core.labels.lint_targets import lint_targets
from fieldkeep.core.labels.relabel.engine import prometheus
from fieldkeep.core.labels.relabel.version import parse_version
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.model import Extracted, FieldFile, Problem, Reading, Skipped, Source

HEAD = "scrape_configs:\n- job_name: a\n  static_configs: [{targets: [h:1], labels: {env: prod}}]\n"


def findings(rule: str) -> list[tuple[str, int, str]]:
    text = f"{HEAD}  relabel_configs:\n  - {rule}\n"
    problems = lint_rules(read_configuration(Source("p.yml", text.encode())).pools)
    assert all(problem.hint for problem in problems)
    return [(problem.check, problem.where.line, problem.severity.value) for problem in problems]


@pytest.mark.parametrize(
    ("rule", "check"),
    [
        ("{source_labels: [env], target_label: t, replacement: $1_x}", "unknown-group"),
        ("{source_labels: [env], target_label: t, replacement: '${name}'}", "unknown-group"),
        ("{source_labels: [env], target_label: t, replacement: $2}", "unknown-group"),
        ("{source_labels: [env], regex: .+, target_label: t}", "unknown-group"),
        ("{source_labels: [env], regex: , target_label: t}", "null-regex"),
        ("{source_labels: [env], regex: x, target_label: t, replacement: }", "null-replacement"),
        ("{source_labels: [__meta_x], target_label: env}", "erases-static-label"),
        ("{source_labels: [env], regex: x, action: keep, target_label: t}", "target-ignored"),
        ("{regex: 'e(.*)', action: labelmap, target_label: t}", "target-ignored"),
        ("{regex: 'env|job', action: labelkeep}", "labelkeep-loses-targets"),
    ],
)
def test_a_misleading_rule_is_a_finding(rule: str, check: str) -> None:
    ((name, line, _),) = findings(rule)
    assert (name, line) == (f"relabel/{check}", 5)


@pytest.mark.parametrize(
    "rule",
    [
        "{source_labels: [env], target_label: t, replacement: '${1}_x'}",
        "{source_labels: [env], regex: '(?P<name>.*)', target_label: t, replacement: $name}",
        "{source_labels: [env], regex: '', target_label: t}",
        "{source_labels: [__meta_x], regex: (.+), target_label: env}",
        "{source_labels: [env], target_label: env}",
        "{source_labels: [__address__], target_label: env}",
        "{regex: 'env|job|__.*', action: labelkeep}",
        "{source_labels: [env], regex: prod, action: keep}",
    ],
)
def test_a_rule_that_does_what_it_seems_to_is_no_finding(rule: str) -> None:
    assert findings(rule) == []


DISCOVERED = "scrape_configs:\n- job_name: a\n  kubernetes_sd_configs: [{role: pod}]\n"


def dead(rule: str, head: str = DISCOVERED) -> list[str]:
    text = f"{head}  relabel_configs:\n  - {rule}\n"
    problems = lint_rules(read_configuration(Source("p.yml", text.encode())).pools)
    return [problem.message for problem in problems if problem.check == "relabel/dead-meta"]


@pytest.mark.parametrize(
    "rule",
    [
        "{source_labels: [__meta_kubernetes_pod_namespace], target_label: t}",
        "{source_labels: [__meta_consul_service], target_label: t}",
        "{regex: '__meta_kubernetes_pod_lable_(.+)', action: labelmap}",
        "{regex: '__meta_consul_(.+)', action: labelmap}",
    ],
)
def test_a_label_that_no_discovery_of_the_job_delivers_is_a_finding(rule: str) -> None:
    assert len(dead(rule)) == 1


@pytest.mark.parametrize(
    "rule",
    [
        "{source_labels: [__meta_kubernetes_namespace], target_label: t}",
        "{source_labels: [__meta_kubernetes_namespace_label_team], target_label: t}",
        "{source_labels: [__meta_kubernetes_pod_annotation_a_b], target_label: t}",
        "{regex: '__meta_kubernetes_pod_label_(.+)', action: labelmap}",
        "{regex: '__meta_kubernetes_pod_label_app_(.+)', action: labelmap}",
        "{regex: '__meta_kubernetes_(pod|node)_label_(.+)', replacement: $2, action: labelmap}",
        "{regex: '__meta_x_(.+)|env', action: labelmap, replacement: a}",
        "{regex: '(__meta_x_.+)', action: labelmap}",
    ],
)
def test_a_label_that_it_delivers_is_none(rule: str) -> None:
    assert dead(rule) == []


@pytest.mark.parametrize(
    "head",
    [
        HEAD,
        HEAD + "  file_sd_configs: [{files: [a.json]}]\n",
        HEAD + "  http_sd_configs: [{url: 'http://h'}]\n",
        DISCOVERED + "  static_configs: [{targets: [h:1], labels: {__meta_own: x}}]\n",
    ],
)
def test_a_label_that_targets_may_have_from_elsewhere_is_none(head: str) -> None:
    assert dead("{source_labels: [__meta_own], target_label: t}", head) == []


def test_a_labelmap_that_names_nothing_is_an_error_where_it_stops_scrapes() -> None:
    text = f"{HEAD}  relabel_configs:\n  - {{regex: env, action: labelmap}}\n"
    for release, severity in (("2.24", "warning"), ("2.42", "error")):
        version = parse_version(release)
        assert version
        read = read_configuration(Source("p.yml", text.encode()), prometheus(version))
        (problem,) = lint_rules(read.pools)
        assert (problem.check, problem.severity.value) == ("relabel/empty-name", severity)


def between(
    text: str,
    *fields: str,
    skipped: bool = False,
    unmanaged: Unmanaged = Unmanaged.SHOW,
) -> list[Problem]:
    pools = read_configuration(Source("p.yml", text.encode())).pools
    readings: list[Reading] = [Extracted("p", {}, read_pools(pools))]
    if skipped:
        readings.append(Skipped("q", "gone"))
    files = [FieldFile(name, {"name": name}, f"fields/{name}.yaml") for name in fields]
    return lint_fields({"p": pools}, readings, files, LabelFilter(), unmanaged=unmanaged)


def job(name: str, *rules: str) -> str:
    lines = "".join(f"  - {rule}\n" for rule in rules)
    return f"- job_name: {name}\n  consul_sd_configs: [{{server: c}}]\n  relabel_configs:\n{lines}"


def meta(source: str, target: str) -> str:
    return f"{{source_labels: [__meta_consul_service_metadata_{source}], target_label: {target}}}"


def test_two_jobs_that_fill_a_label_from_different_sources() -> None:
    text = "scrape_configs:\n" + job("a", meta("env", "env")) + job("b", meta("stage", "env"))
    (problem,) = between(text, "env")
    assert (problem.check, problem.where.line) == ("relabel/two-origins", 9)
    assert "__meta_consul_service_metadata_env at p.yml:5:5" in problem.message
    same = "scrape_configs:\n" + job("a", meta("env", "env")) + job("b", meta("env", "env"))
    assert between(same, "env") == []


def test_a_label_without_a_field_comes_with_one_to_paste() -> None:
    (problem,) = between("scrape_configs:\n" + job("a", meta("x", "glpi_url")))
    assert problem.check == "relabel/no-field"
    assert problem.hint == (
        "fields/glpi_url.yaml: {name: glpi_url, display_name: Glpi Url, type: string,"
        " category: extra}"
    )


def test_a_suggested_file_shows_a_hidden_field_and_an_ignored_label_needs_none() -> None:
    text = "scrape_configs:\n" + job("a", meta("x", "rack"))
    (problem,) = between(text, unmanaged=Unmanaged.HIDE)
    assert problem.hint.endswith(
        "category: extra, pages: all, visibility: {table: true, form: true, filter: true}}"
    )
    assert between(text, unmanaged=Unmanaged.IGNORE) == []


def test_a_field_that_no_rule_produces() -> None:
    text = "scrape_configs:\n" + job("a", meta("x", "company"))
    wrong, missing = sorted(between(text, "compnay"), key=lambda one: one.check)[::-1]
    assert (wrong.check, wrong.hint) == ("relabel/no-rule", "did you mean 'company'?")
    assert missing.check == "relabel/no-field"
    # of a source that was not read nobody knows what it produces
    assert [one.check for one in between(text, "compnay", "company", skipped=True)] == []
    opened = text + "  - {regex: '__meta_consul_service_metadata_(.+)', action: labelmap}\n"
    assert [one.check for one in between(opened, "other", "company")] == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("{source_labels: [env], target_label: t, replacement: '$${1}'}", True),
        ("{source_labels: [env], target_label: t, replacement: 'x-$$1'}", True),
        ("{source_labels: [env], target_label: t, replacement: '${1'}", True),
        ("{source_labels: [env], target_label: t, replacement: '$ {1}'}", True),
        ("{regex: '(.*)', action: labelmap, replacement: '$${1}'}", True),
        ("{source_labels: [env], target_label: t, replacement: '${1}'}", False),
        ("{source_labels: [env], target_label: t, replacement: '$1-x'}", False),
        ("{source_labels: [env], target_label: t, replacement: '5$'}", False),
        ("{source_labels: [env], target_label: t, replacement: '$$'}", False),
        ("{source_labels: [env], regex: '$${1}', action: keep}", False),
    ],
)
def test_a_dollar_sign_in_place_of_a_group(rule: str, found: bool) -> None:
    text = f"{HEAD}  relabel_configs:\n  - {rule}\n"
    problems = list(lint_escapes(read_configuration(Source("p.yml", text.encode())).pools))
    assert [problem.check for problem in problems] == ["relabel/literal-dollar"] * found


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("{source_labels: [env], regex: test, action: keep}", True),
        ("{source_labels: [nothing], target_label: __address__}", True),
        ("{source_labels: [__meta_x], regex: y, action: keep}", True),
        ("{source_labels: [env], regex: prod, action: keep}", False),
        ("{regex: 'env|job', action: labelkeep}", False),  # relabel/labelkeep-loses-targets
        ("{source_labels: [__address__], modulus: 2, target_label: t, action: hashmod}", False),
    ],
)
def test_a_job_whose_targets_all_vanish(rule: str, found: bool) -> None:
    text = f"{HEAD}  relabel_configs:\n  - {rule}\n"
    problems = list(lint_targets(read_configuration(Source("p.yml", text.encode())).pools))
    assert [problem.check for problem in problems] == ["relabel/no-targets"] * found


def test_a_job_without_targets_loses_none() -> None:
    text = "scrape_configs: [{job_name: a, relabel_configs: [{action: drop}]}]\n"
    assert list(lint_targets(read_configuration(Source("p.yml", text.encode())).pools)) == []
