"""A configuration is read as Prometheus reads it, or refused where Prometheus refuses it."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.config.configuration import (
    Configuration,
    ScrapePool,
    read_configuration,
    read_included,
)
from fieldkeep.core.labels.config.consul_sd import ConsulQuery
from fieldkeep.core.labels.config.discovery import (
    KnownTargets,
    ServiceDiscovery,
    TargetFiles,
)
from fieldkeep.core.labels.config.goyaml import parse
from fieldkeep.core.labels.config.target_groups import TargetGroup, read_target_file
from fieldkeep.core.labels.config.timing import format_duration, parse_duration
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.errors import InputError
from fieldkeep.model import Source


def read(content: str) -> Configuration:
    return read_configuration(Source("p.yml", content.encode()))


def pool(lines: str, before: str = "") -> ScrapePool:
    """The only job, given as the lines below its name."""
    (only,) = read(f"{before}scrape_configs:\n- job_name: pool\n{lines}").pools
    return only


def rules(*texts: str) -> tuple[Rule, ...]:
    lines = "".join(f"  - {text}\n" for text in texts)
    return pool(f"  relabel_configs:\n{lines}").rules


def refused(content: str) -> str:
    with pytest.raises(InputError) as caught:
        read(content)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize(
    "content", ["", "null", "{}", "# nothing", "scrape_configs:", "<<: {global: }"]
)
def test_an_empty_configuration_is_one(content: str) -> None:
    assert read(content).pools == ()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- job_name: a\n", "p.yml:1:1: not a Prometheus configuration: line 1 begins a list"),
        ("# x\nhello\n", "p.yml:2:1: not a Prometheus configuration: line 2 begins a text"),
        ("services:\n  web: {}\n", "p.yml:1:1: not a Prometheus configuration: line 1"),
        ("{{ render }}\n", "p.yml:1:1: not a Prometheus configuration: line 1"),
        ("<!DOCTYPE html>\n<html></html>\n", "p.yml:1:1: not a Prometheus configuration: line 1"),
        ("a: b\n{% for x %}\n", "p.yml:2:2: not a Prometheus configuration: line 2"),
    ],
)
def test_what_is_none_is_told_with_its_line(content: str, says: str) -> None:
    assert refused(content).startswith(says)


def test_a_rule_has_the_defaults_of_prometheus() -> None:
    assert rules("{source_labels: [a], target_label: b}") == (
        Rule(("a",), ";", "(.*)", 0, "b", "$1", Action.REPLACE),
    )


def test_null_is_not_absent() -> None:
    assert rules("{target_label: b, regex: , replacement: ~, separator: null}") == (
        Rule((), "", "", 0, "b", "", Action.REPLACE),
    )


def test_actions_are_written_in_any_case() -> None:
    names = ("Replace", "LOWERCASE", "HashMod")
    read_rules = rules(*(f"{{action: {name}, target_label: a, modulus: 2}}" for name in names))
    assert [rule.action for rule in read_rules] == ["replace", "lowercase", "hashmod"]


@pytest.mark.parametrize(
    ("text", "modulus"), [("8", 8), ("0x10", 16), ("010", 8), ("1_000", 1000), ("0b11", 3)]
)
def test_a_modulus_is_a_number_of_go(text: str, modulus: int) -> None:
    (rule,) = rules(f"{{action: hashmod, target_label: a, modulus: {text}}}")
    assert rule.modulus == modulus


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("{target: a}", "unknown field target"),
        ("{action: replcae, target_label: a}", "unknown relabel action"),
        ("{source_labels: a, target_label: b}", "source_labels must be a list"),
        ("{target_label: a, regex: '(?!x)'}", "not a regex"),
        ("{target_label: a, regex: '(a)\\1'}", "not a regex"),
        ("{source_labels: [a]}", "target_label must be given"),
        ("{target_label: ~}", "target_label must be given"),
        ("{action: hashmod, target_label: a}", "modulus must be given"),
        ("{action: hashmod, target_label: a, modulus: '4'}", "modulus must be a whole number"),
        ("{action: hashmod, target_label: a, modulus: -4}", "modulus must be a whole number"),
        ("{action: lowercase, target_label: a, replacement: x}", "replacement can not be set"),
        ("{action: keepequal, target_label: a, regex: (.*)}", "regex can not be set"),
        ("{action: dropequal, target_label: a, separator: x}", "separator can not be set"),
        ("{action: labelmap, regex: a, replacement: ''}", "replacement must not be empty"),
        ("{action: labeldrop, regex: a, target_label: b}", "target_label can not be set"),
        ("{action: labelkeep, regex: a, source_labels: []}", "source_labels can not be set"),
        ("{source_labels: [''], target_label: a}", "an empty label name"),
        ("", "this relabel rule is empty"),
        ("text", "a text where a relabel rule belongs"),
    ],
)
def test_a_rule_that_prometheus_refuses_is_refused_where_it_stands(rule: str, says: str) -> None:
    message = refused(f"scrape_configs:\n- job_name: a\n  relabel_configs:\n  - {rule}\n")
    assert message.startswith("p.yml:4:")
    assert says in message


@pytest.mark.parametrize(
    "rule",
    [
        "{action: labeldrop, regex: a, separator: ;, replacement: $1}",
        "{action: keep, source_labels: [a], target_label: ignored, replacement: x}",
        "{action: labeldrop, regex: a, source_labels: }",
        "{target_label: 'http.method', replacement: GET}",
        "{target_label: a, regex: 'a)(b'}",
        "{source_labels: [~], target_label: a}",
    ],
)
def test_a_rule_that_prometheus_takes_is_taken(rule: str) -> None:
    assert len(rules(rule)) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("scrape_configs:\n-\n", "p.yml:2:2: this scrape job is empty"),
        ("scrape_configs:\n- {scheme: http}\n", "p.yml:2:3: this scrape job has no job_name"),
        ("scrape_configs: {}\n", "p.yml:1:17: scrape_configs must be a list"),
        ("scrape_config:\n", "p.yml:1:1: unknown field scrape_config"),
        ("scrape_configs:\n- {job_name: a, relable_configs: []}\n", "unknown field relable_conf"),
        ("scrape_configs:\n- job_name: a\n- job_name: a\n", "the job_name of the one at p.yml:2:3"),
        (
            "scrape_configs:\n- {job_name: a, static_configs: [{targets: ['http://x']}]}\n",
            "a target of this job is a URL",
        ),
        ("scrape_configs:\n- {job_name: a, static_configs: [~]}\n", "an empty section"),
        ("scrape_configs:\n- {job_name: a, dns_sd_configs: [~]}\n", "an empty section"),
        ("scrape_configs:\n- {job_name: a, params: {x: y}}\n", "params must be a list"),
        ("scrape_configs:\n- {job_name: a, scrape_interval: 10}\n", "not a duration"),
        ("scrape_configs:\n- {job_name: a, scrape_timeout: 2m}\n", "greater than scrape_interval"),
        ("global: {external_labels: {'': x}}\n", "an empty label name"),
        ("global: {external_labels: {~: x}}\n", "an empty label name"),
        ("scrape_config_files: ['*/x.yml']\n", "not a path"),
        ("scrape_configs:\n- {job_name: a, file_sd_configs: [{files: [x.txt]}]}\n", "not a path"),
        ("scrape_configs:\n- {job_name: a, file_sd_configs: [{files: []}]}\n", "without files"),
    ],
)
def test_a_configuration_that_prometheus_refuses_is_refused(content: str, says: str) -> None:
    assert says in refused(content)


def test_no_refusal_repeats_a_value() -> None:
    secret = "hunter2"
    for line in (
        f"regex: '({secret}'",
        f"action: {secret}",
        f"modulus: {secret}",
        f"source_labels: {secret}",
        f"{{{secret}",
    ):
        message = refused(f"scrape_configs:\n- job_name: a\n  relabel_configs:\n  - {line}\n")
        assert secret not in message


def test_external_labels_are_texts() -> None:
    content = "global: {external_labels: {site: yes, rack: 0123, gone: }}"
    assert read(content).external_labels == {"site": "yes", "rack": "0123", "gone": ""}


def test_a_job_gives_its_targets_these_labels() -> None:
    job = pool(
        "  metrics_path: /probe\n  scheme: https\n  scrape_interval: 90s\n"
        "  params: {module: [http, icmp], none: []}\n",
        before="global: {scrape_timeout: 15s}\n",
    )
    assert job.defaults == {
        "job": "pool",
        "__scheme__": "https",
        "__metrics_path__": "/probe",
        "__param_module": "http",
        "__scrape_interval__": "1m30s",
        "__scrape_timeout__": "15s",
    }


def test_a_default_timeout_is_never_longer_than_the_interval() -> None:
    assert pool("  scrape_interval: 5s\n").defaults["__scrape_timeout__"] == "5s"


def test_discoveries_are_what_is_known_of_targets() -> None:
    job = pool(
        "  consul_sd_configs: [{server: a}, {server: b}]\n"
        "  static_configs: [{targets: [a:1, b:1], labels: {x: 1}}]\n"
        "  file_sd_configs: [{files: [t/*.json, u.yml]}]\n"
    )
    assert job.discoveries == (
        KnownTargets((TargetGroup(("a:1", "b:1"), {"x": "1"}),)),
        ServiceDiscovery("consul", ConsulQuery()),
        ServiceDiscovery("consul", ConsulQuery()),
        TargetFiles(("t/*.json", "u.yml")),
    )


def test_a_job_can_be_the_template_of_another() -> None:
    first, second = read(
        "scrape_configs:\n"
        "- &base\n"
        "  job_name: one\n"
        "  relabel_configs: [{target_label: a, replacement: b}]\n"
        "- <<: *base\n"
        "  job_name: two\n"
    ).pools
    assert (first.job, second.job) == ("one", "two")
    assert first.rules is second.rules


def test_a_rule_that_jobs_share_is_read_once() -> None:
    jobs = "".join(f"- {{job_name: j{n}, relabel_configs: [*r]}}\n" for n in range(50))
    content = f"scrape_configs:\n- job_name: j\n  relabel_configs: [&r {{target_label: a}}]\n{jobs}"
    assert len({id(scrape_pool.rules[0]) for scrape_pool in read(content).pools}) == 1


def test_an_included_file_holds_jobs_only_and_inherits_the_timing() -> None:
    main = read("global: {scrape_interval: 20s}")
    root = parse(Source("i.yml", b"scrape_configs: [{job_name: a}]"))
    assert read_included(root, main).pools[0].defaults["__scrape_interval__"] == "20s"
    with pytest.raises(InputError, match=r"i\.yml:1:1"):
        read_included(parse(Source("i.yml", b"global: {}")), main)


def test_a_job_that_stands_there_twice_by_an_alias_is_refused_as_prometheus_does() -> None:
    with pytest.raises(InputError, match="has the job_name of the one at"):
        read("scrape_configs:\n- &job {job_name: a}\n- *job\n")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("t.json", '[{"targets": ["a:1"], "labels": {"x": "y"}}]'),
        ("t.JSON", '[{"Targets": ["a:1"], "LABELS": {"x": "y"}}]'),
        ("t.yml", "- targets: ['a:1']\n  labels: {x: y}\n"),
    ],
)
def test_a_file_of_targets_is_json_or_yaml(path: str, content: str) -> None:
    assert read_target_file(Source(path, content.encode())) == (TargetGroup(("a:1",), {"x": "y"}),)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("t.json", b"{}"),
        ("t.json", b"[null]"),
        ("t.json", b'[{"targets": ["a"], "labels": {"n": 5}}]'),
        ("t.json", b'[{"targets": "a"}]'),
        ("t.json", b'[{"target": ["a"]}]'),
        ("t.json", b"[" * 100_000),
        ("t.json", b"\xff"),
        ("t.json", b"nope"),
        ("t.yml", b"- {targets: [a], labels: {k: a, k: b}}"),
        ("t.yml", b"- "),
        ("t.yml", b"targets: [a]"),
    ],
)
def test_a_file_of_targets_that_prometheus_refuses_is_refused(path: str, content: bytes) -> None:
    with pytest.raises(InputError, match=r"^t\.(json|yml):"):
        read_target_file(Source(path, content))


@pytest.mark.parametrize(
    ("text", "milliseconds", "normal"),
    [
        ("0", 0, "0s"),
        ("90s", 90_000, "1m30s"),
        ("1h30m", 5_400_000, "1h30m"),
        ("7d", 604_800_000, "1w"),
        ("8d", 691_200_000, "8d"),
        ("1500ms", 1500, "1s500ms"),
    ],
)
def test_durations_are_written_as_prometheus_does(
    text: str, milliseconds: int, normal: str
) -> None:
    assert parse_duration(text) == milliseconds
    assert format_duration(milliseconds) == normal


@pytest.mark.parametrize("text", ["", "10", "1.5s", "s", "1s1m", "-1s", "1 s"])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None
