"""Which labels a scrape pool's targets carry: exactly where they are known, soundly where not."""

from __future__ import annotations

import sys
from types import FrameType

from fieldkeep.core.labels.config.configuration import read_configuration
from fieldkeep.core.labels.extract import read_pool
from fieldkeep.model import (
    Certainty,
    LabelReading,
    PoolReading,
    RuleRef,
    Source,
    Targets,
)


def read_job(job: str) -> PoolReading:
    """The reading of a configuration with one job, given as the lines below its name."""
    content = f"scrape_configs:\n- job_name: pool\n{job}"
    (pool,) = read_configuration(Source("p.yml", content.encode())).pools
    return read_pool(pool)


def certainties(reading: PoolReading) -> dict[str, str]:
    return {label.name: label.certainty.value for label in reading.labels}


def label(reading: PoolReading, name: str) -> LabelReading:
    (only,) = (one for one in reading.labels if one.name == name)
    return only


def consul(rules: str) -> PoolReading:
    return read_job(f"  consul_sd_configs: [{{server: c}}]\n  relabel_configs:\n{rules}")


# ------------------------------------------------------------------- targets that are known


def test_a_label_on_all_targets_is_always_there_and_on_some_maybe() -> None:
    reading = read_job(
        "  static_configs:\n"
        "  - {targets: [a:1], labels: {env: prod, dc: d1, __hidden: x}}\n"
        "  - {targets: [b:1], labels: {env: dev, empty: ''}}\n"
    )
    assert reading.targets is Targets.SOME
    assert certainties(reading) == {
        "dc": "maybe",
        "env": "always",
        "instance": "always",
        "job": "always",
    }
    assert all(not one.rules for one in reading.labels)


def test_a_rule_that_sets_a_label_is_named_with_its_defaults() -> None:
    reading = read_job(
        "  static_configs: [{targets: [a:1], labels: {x: y}}]\n"
        "  relabel_configs:\n"
        "  - {target_label: __tmp, replacement: z}\n"
        "  - {source_labels: [x], target_label: copy}\n"
    )
    assert label(reading, "copy").rules == (RuleRef(1, ("x",), "(.*)", "$1", "replace"),)


def test_the_rule_that_set_it_last_is_the_one_that_sets_it() -> None:
    reading = read_job(
        "  static_configs: [{targets: [a:1]}, {targets: [b:1], labels: {x: y}}]\n"
        "  relabel_configs:\n"
        "  - {target_label: env, replacement: first}\n"
        "  - {target_label: env, replacement: second}\n"
        "  - {source_labels: [x], regex: y, target_label: env, replacement: third}\n"
    )
    assert [rule.index for rule in label(reading, "env").rules] == [1, 2]


def test_a_multi_target_job_takes_instance_and_module_from_its_target_and_parameters() -> None:
    reading = read_job(
        "  metrics_path: /probe\n"
        "  params: {module: [http_2xx]}\n"
        "  static_configs: [{targets: ['https://example.org/']}]\n"
        "  relabel_configs:\n"
        "  - {source_labels: [__address__], target_label: __param_target}\n"
        "  - {source_labels: [__param_target], target_label: instance}\n"
        "  - {source_labels: [__param_module], target_label: module}\n"
        "  - {target_label: __address__, replacement: '127.0.0.1:9115'}\n"
    )
    assert certainties(reading) == {"instance": "always", "job": "always", "module": "always"}
    assert [rule.index for rule in label(reading, "instance").rules] == [1]


def test_instance_comes_back_and_job_does_not() -> None:
    reading = read_job(
        "  static_configs: [{targets: [a:1]}]\n"
        "  relabel_configs:\n"
        "  - {target_label: instance, replacement: ''}\n"
        "  - {target_label: job, replacement: ''}\n"
    )
    assert reading.labels == (LabelReading("instance", Certainty.ALWAYS, values=("a:1",)),)


def test_a_job_without_an_address_has_no_targets_and_no_labels() -> None:
    reading = read_job(
        "  static_configs: [{targets: [a:1], labels: {env: x}}]\n"
        "  relabel_configs: [{target_label: __address__, replacement: ''}]\n"
    )
    assert (reading.targets, reading.labels) == (Targets.NONE, ())


def test_a_url_that_stays_the_address_is_no_target() -> None:
    reading = read_job(
        "  static_configs: [{targets: ['http://a/']}]\n"
        "  relabel_configs: [{target_label: env, replacement: x}]\n"
    )
    assert reading.targets is Targets.NONE


def test_actions_that_ignore_target_label_set_nothing() -> None:
    reading = read_job(
        "  static_configs: [{targets: [a:1], labels: {x: y}}]\n"
        "  relabel_configs:\n"
        "  - {action: keep, source_labels: [x], regex: y, target_label: no}\n"
        "  - {action: labelmap, regex: (x), replacement: mapped, target_label: nor}\n"
    )
    assert certainties(reading).keys() == {"instance", "job", "mapped", "x"}


# ------------------------------------------------------------------- targets that are not


def test_a_copy_of_discovered_metadata_may_be_there() -> None:
    reading = consul(
        "  - {source_labels: [__meta_consul_service_metadata_env], target_label: env}\n"
    )
    assert reading.targets is Targets.UNKNOWN
    assert certainties(reading) == {"env": "maybe", "instance": "always", "job": "always"}


def test_what_every_service_has_and_what_is_written_are_always_there() -> None:
    reading = consul(
        "  - {source_labels: [__meta_consul_dc], target_label: dc}\n"
        "  - {target_label: team, replacement: infra}\n"
        "  - {source_labels: [__address__, __meta_consul_node], regex: '(.+);(.+)', "
        "target_label: both, replacement: $2}\n"
        "  - {source_labels: [no, nor], target_label: separator}\n"
    )
    assert certainties(reading) == {
        "both": "always",
        "dc": "always",
        "instance": "always",
        "job": "always",
        "separator": "always",
        "team": "always",
    }


def test_a_kept_target_has_what_the_rule_asked_for() -> None:
    reading = consul(
        "  - {source_labels: [__meta_consul_service_metadata_env], regex: .+, action: keep}\n"
        "  - {source_labels: [__meta_consul_service_metadata_off], regex: '', action: keep}\n"
        "  - {source_labels: [__meta_consul_service_metadata_x], regex: '', action: drop}\n"
        "  - {source_labels: [__meta_consul_service_metadata_env], target_label: env}\n"
        "  - {source_labels: [__meta_consul_service_metadata_x], target_label: x}\n"
    )
    assert certainties(reading) == {
        "env": "always",
        "instance": "always",
        "job": "always",
        "x": "always",
    }


def test_an_open_labelmap_is_a_family() -> None:
    reading = consul("  - {action: labelmap, regex: __meta_consul_service_metadata_(.+)}\n")
    assert label(reading, "$1") == LabelReading(
        "$1",
        Certainty.OPEN,
        (RuleRef(0, (), "__meta_consul_service_metadata_(.+)", "$1", "labelmap"),),
        "^(.+)$",
        "rule 0 (labelmap) names labels by what only the discovery knows",
    )


def test_a_family_keeps_what_the_template_puts_around_it() -> None:
    reading = consul(
        "  - {source_labels: [__meta_consul_tags], regex: '.*,(\\w+)=(.*),.*', "
        "target_label: 'tag_${1}', replacement: $2}\n"
    )
    assert label(reading, "tag_${1}").pattern == r"^tag_(\w+)$"


def test_names_that_are_spelt_out_are_no_family() -> None:
    reading = consul(
        "  - {action: labelmap, regex: __meta_consul_service_metadata_(team|env)}\n"
        "  - {source_labels: [__meta_consul_tags], regex: ',(os|arch)=(.+),', "
        "target_label: '${1}', replacement: $2}\n"
    )
    maybe = dict.fromkeys(("arch", "env", "os", "team"), "maybe")
    assert certainties(reading) == maybe | {"instance": "always", "job": "always"}


def test_labelkeep_closes_a_family() -> None:
    reading = consul(
        "  - {action: labelmap, regex: __meta_consul_service_metadata_(.+)}\n"
        "  - {action: labelkeep, regex: '__.+|job|company|env'}\n"
    )
    assert certainties(reading) == {
        "company": "maybe",
        "env": "maybe",
        "instance": "always",
        "job": "always",
    }
    assert [rule.index for rule in label(reading, "company").rules] == [0]


def test_a_labelmap_onto_a_group_that_is_not_there_gives_the_nameless_label() -> None:
    reading = consul("  - {action: labelmap, regex: __meta_consul_service_metadata_.+}\n")
    assert certainties(reading) == {"": "maybe", "instance": "always", "job": "always"}


def test_a_labelmap_of_another_discovery_finds_nothing() -> None:
    reading = consul("  - {action: labelmap, regex: __meta_kubernetes_pod_label_(.+)}\n")
    assert certainties(reading) == {"instance": "always", "job": "always"}


def test_a_discovery_that_may_deliver_anything_says_so() -> None:
    reading = read_job("  http_sd_configs: [{url: 'http://sd'}]\n")
    assert certainties(reading) == {
        "http_sd_configs": "open",
        "instance": "always",
        "job": "always",
    }
    assert label(reading, "http_sd_configs").rules == ()


def test_rules_that_drop_every_target_leave_none() -> None:
    reading = consul("  - {source_labels: [job], regex: pool, action: drop}\n")
    assert (reading.targets, reading.labels) == (Targets.NONE, ())


def test_known_and_unknown_targets_of_one_job_are_read_together() -> None:
    reading = read_job(
        "  static_configs: [{targets: [a:1], labels: {rack: r1}}]\n"
        "  consul_sd_configs: [{server: c}]\n"
        "  relabel_configs: [{target_label: every, replacement: x}]\n"
    )
    assert reading.targets is Targets.SOME
    assert certainties(reading) == {
        "every": "always",
        "instance": "always",
        "job": "always",
        "rack": "maybe",
    }


# ------------------------------------------------------------------------------------ growth


def test_twice_as_many_rules_take_twice_as_much_work() -> None:
    """Counted in calls, which no other work on the machine changes."""
    small, large = (_calls(rules) for rules in (100, 200))
    assert large < 2.2 * small


def _calls(rules: int) -> int:
    """The calls for a job in which each rule sets a label of its own."""
    metadata = "__meta_consul_service_metadata_x"
    rule = f"  - {{{{source_labels: [{metadata}{{0}}], target_label: x{{0}}}}}}\n"
    job = "  consul_sd_configs: [{server: c}]\n  relabel_configs:\n"
    job += "".join(rule.format(number) for number in range(rules))
    content = f"scrape_configs:\n- job_name: pool\n{job}"
    (pool,) = read_configuration(Source("p.yml", content.encode())).pools
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counted)
    try:
        labels = read_pool(pool).labels
    finally:
        sys.setprofile(None)
    assert len(labels) == rules + 2  # job and instance
    return count
