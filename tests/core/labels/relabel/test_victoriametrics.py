"""What VictoriaMetrics does otherwise with the same rules; tests/truth asks the real programs."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.labels.config.configuration import Configuration, read_configuration
from fieldkeep.core.labels.extract import known_target_labels, read_pool
from fieldkeep.core.labels.relabel.conditions import LabelFilter, selector
from fieldkeep.core.labels.relabel.engine import Engine, prometheus, victoriametrics
from fieldkeep.core.labels.relabel.version import Version
from fieldkeep.core.labels.relabel.xxhash64 import xxh64
from fieldkeep.errors import InputError
from fieldkeep.model import Certainty, Source

ENGINE = victoriametrics(Version(1, 145))
OLD = victoriametrics(Version(1, 112))


def read(text: str, engine: Engine = ENGINE) -> Configuration:
    return read_configuration(Source("p.yml", text.encode()), engine)


def target(rules: str, labels: str = "{}", engine: Engine = ENGINE) -> dict[str, str]:
    """The labels of one target after rules, without job and instance."""
    (pool,) = read(
        f"scrape_configs: [{{job_name: j, static_configs: [{{targets: ['h:1'], labels: {labels}}}],"
        f" relabel_configs: {rules}}}]",
        engine,
    ).pools
    (found,) = known_target_labels(pool)
    return {name: value for name, value in found.items() if name not in ("job", "instance")}


@pytest.mark.parametrize(
    ("rules", "labels", "here", "prometheus_has"),
    [
        ("[{action: labelmap, regex: old_(.+)}]", "{old_a: '', a: x}", {}, {"a": "x"}),
        ("[{source_labels: [a], regex: .*, target_label: b, replacement: y$1}]", "{a: x}",
         {"a": "x", "b": "yx"}, {"a": "x", "b": "y"}),
        ("[{source_labels: [a], regex: , target_label: b}]", "{a: x}",
         {"a": "x", "b": "x"}, {"a": "x"}),
        ("[{source_labels: [a], regex: 1.10, target_label: b, replacement: z}]", "{a: '1.10'}",
         {"a": "1.10"}, {"a": "1.10", "b": "z"}),
        ("[{source_labels: [a], regex: x.y, target_label: b, replacement: z}]", '{a: "x\\ny"}',
         {"a": "x\ny", "b": "x\ny"}, {"a": "x\ny", "b": "z"}),
        ("[{target_label: b, replacement: '{{a}}'}]", "{a: x}",
         {"a": "x", "b": "x"}, {"a": "x", "b": "{{a}}"}),
        ("[{action: hashmod, source_labels: [a], modulus: 1000, target_label: b}]", "{a: x}",
         {"a": "x", "b": "299"}, {"a": "x", "b": "726"}),
    ],
)  # fmt: skip
def test_the_same_rule_gives_other_labels(
    rules: str, labels: str, here: dict[str, str], prometheus_has: dict[str, str]
) -> None:
    assert target(rules, labels) == here
    assert target(rules, labels, prometheus(Version(3, 5))) == prometheus_has


def test_a_job_with_a_wrong_rule_is_left_out_and_told() -> None:
    configuration = read(
        "scrape_configs:\n"
        "- job_name: wrong\n"
        "  static_configs: [{targets: ['h:1']}]\n"
        "  relabel_configs: [{regex: '(', target_label: x}]\n"
        "- job_name: right\n"
        "  static_configs: [{targets: ['h:1']}]\n"
    )
    assert [str(fault) for fault in configuration.faults] == [
        "p.yml:4:29: not a regex that VictoriaMetrics takes"
    ]
    found = {pool.job: list(known_target_labels(pool)) for pool in configuration.pools}
    assert found == {"wrong": [], "right": [{"job": "right", "instance": "h:1"}]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule_files: []", "unknown field rule_files"),
        ("global: {evaluation_interval: 1m}\nscrape_configs: []", "unknown field evaluation"),
        ("scrape_configs: [{job_name: a, relabel_configs: [{if: '{a='}]}]", "not a series sel"),
        ("scrape_configs: [{job_name: a}, {job_name: a}]", "has the job_name of the one at"),
        ("scrape_configs: [{job_name: a, dns_sd_configs: [{names: [x], refresh_interval: 1s}]}]",
         "unknown field refresh_interval in this dns_sd config"),
    ],
)  # fmt: skip
def test_it_refuses_what_it_does_not_know(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(text)


def test_a_variable_is_refused_until_1_124() -> None:
    text = "scrape_configs: [{job_name: '%{NAME}'}]"
    assert read(text).pools[0].job == "%{NAME}"
    with pytest.raises(InputError, match=r"p\.yml:1:1: %\{NAME\} needs a variable"):
        read(text, OLD)


def test_rules_of_the_global_section_run_first() -> None:
    (pool,) = read(
        "global: {relabel_configs: [{target_label: a, replacement: x}]}\n"
        "scrape_configs:\n"
        "- job_name: j\n"
        "  static_configs: [{targets: ['h:1']}]\n"
        "  relabel_configs: [{source_labels: [a], target_label: b}]\n"
    ).pools
    assert list(known_target_labels(pool)) == [
        {"job": "j", "instance": "h:1", "a": "x", "b": "x"},
    ]


def test_a_condition_on_what_only_the_server_knows_makes_labels_maybe() -> None:
    (pool,) = read(
        "scrape_configs:\n"
        "- job_name: j\n"
        "  consul_sd_configs: [{server: 'h:1'}]\n"
        "  relabel_configs:\n"
        "  - {if: '{__meta_consul_service=\"x\"}', target_label: a, replacement: x}\n"
        "  - {if: '{__meta_consul_service!=\"\"}', target_label: b, replacement: x}\n"
        "  - {if: '{job=\"other\"}', target_label: c, replacement: x}\n"
        "  - {target_label: d, replacement: '{{__meta_consul_tags}}'}\n"
    ).pools
    labels = {label.name: label.certainty for label in read_pool(pool).labels}
    assert labels == {
        "a": Certainty.MAYBE,
        "b": Certainty.ALWAYS,
        "d": Certainty.MAYBE,
        "instance": Certainty.ALWAYS,
        "job": Certainty.ALWAYS,
    }


def test_selectors() -> None:
    assert selector('up{a="x",b!~"y.*" or c=\'\\n\',}', ENGINE) == (
        (LabelFilter("__name__", "=", "up"), LabelFilter("a", "=", "x"),
         LabelFilter("b", "!~", "y.*")),
        (LabelFilter("__name__", "=", "up"), LabelFilter("c", "=", "\n")),
    )  # fmt: skip
    assert selector("up", ENGINE) == ((LabelFilter("__name__", "=", "up"),),)
    assert selector('{"up", "a.b"=`c`}', ENGINE)[0][1] == LabelFilter("a.b", "=", "c")


@given(st.text(alphabet='a{}=~!",\\or 1', max_size=12))
@settings(deadline=None)
def test_any_text_is_a_selector_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert any(selector(text, ENGINE))


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("", 0xEF46DB3751D8E999),
        ("a", 0xD24EC4F1A98C6E5B),
        ("abc", 0x44BC2CF5AD770999),
        ("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1),
    ],
)
def test_xxh64(text: str, digest: int) -> None:
    assert xxh64(text.encode()) == digest
