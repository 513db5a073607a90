"""A configuration inside of another file is read as if it stood alone, and its findings name the
place in the outer file."""

from __future__ import annotations

import base64
import gzip
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkeep.core.labels.extract import read_pools
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.edges.labels.read_sources import ReadContext, read_source
from fieldkeep.errors import InputError
from fieldkeep.model import PoolReading, Skipped
from fieldkeep.settings.sources import SourceSetting
from tests.truth.cases import Case, cases

# Cases of many kinds: anchors, target files, groups, nulls, types, several discoveries.
CHOSEN = (
    *("yaml-anchors", "yaml-merge-keys", "yaml-typed-scalars", "files-of-targets"),
    *("replace-named-group", "replace-underscore-after-group", "consul-metadata"),
    *("scrape-labels", "labelmap-any-label", "replace-target-with-prefix"),
)


def indented(text: str, by: int) -> str:
    return textwrap.indent(text, " " * by)


def jobs(text: str) -> str:
    return text.partition("scrape_configs:\n")[2]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config_map(text: str) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: prometheus\n"
        "data:\n  alerts.yml: |\n    groups: []\n  prometheus.yml: |\n" + indented(text, 4)
    )


def config_map_after_a_namespace(text: str) -> str:
    return "apiVersion: v1\nkind: Namespace\nmetadata: {name: monitoring}\n---\n" + config_map(text)


def secret(text: str) -> str:
    return (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: prometheus}\ntype: Opaque\n"
        f"data:\n  prometheus.yaml: {encoded(text)}\n  other: {encoded('x')}\n"
    )


def operator_secret(text: str) -> str:
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: prometheus-k8s}\n"
        f"data:\n  prometheus.yaml.gz: {packed}\n"
    )


def helm_values(text: str) -> str:
    return (
        "global: {imageRegistry: ''}\nserver:\n  replicas: 1\n"
        "serverFiles:\n  alerting_rules.yml: {}\n  prometheus.yml:\n    rule_files: []\n"
        + indented(text, 4)
    )


def list_of_jobs(text: str) -> str:
    return jobs(text)


def additional_scrape_configs(text: str) -> str:
    return (
        "prometheus:\n  prometheusSpec:\n    retention: 10d\n    additionalScrapeConfigs:\n"
        + indented(jobs(text), 4)
    )


def collector(text: str) -> str:
    return (
        "receivers:\n  otlp:\n    protocols: {grpc: {}}\n  prometheus:\n    config:\n"
        + indented(text.replace("$", "$$"), 6)
        + "\nexporters: {debug: {}}\nservice:\n  pipelines:\n    metrics:\n"
        "      receivers: [otlp, prometheus]\n      exporters: [debug]\n"
    )


def collector_in_a_config_map(text: str) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: otel}\ndata:\n  relay: |\n"
        + indented(collector(text), 4)
    )


def compose(text: str) -> str:
    return (
        "services:\n  prometheus:\n    image: prom/prometheus\n    configs: [prometheus]\n"
        "configs:\n  prometheus:\n    content: |\n" + indented(text.replace("$", "$$"), 6)
    )


def cloud_init(text: str) -> str:
    return (
        "#cloud-config\npackages: [prometheus]\nwrite_files:\n"
        "- path: /etc/motd\n  content: hello\n"
        "- path: /etc/prometheus/prometheus.yml\n  owner: root:root\n  content: |\n"
        + indented(text, 4)
    )


def cloud_init_encoded(text: str) -> str:
    return (
        "#cloud-config\nwrite_files:\n- path: /etc/prometheus/prometheus.yml\n  encoding: b64\n"
        f"  content: {encoded(text)}\n"
    )


Wrapper = Callable[[str], str]
WRAPPERS: dict[Wrapper, str] = {
    config_map: "data/prometheus.yml",
    config_map_after_a_namespace: "data/prometheus.yml",
    secret: "data/prometheus.yaml",
    operator_secret: "data/prometheus.yaml.gz",
    helm_values: "serverFiles/prometheus.yml",
    list_of_jobs: "",
    additional_scrape_configs: "prometheus/prometheusSpec/additionalScrapeConfigs",
    collector: "receivers/prometheus/config",
    collector_in_a_config_map: "data/relay/receivers/prometheus/config",
    compose: "configs/prometheus/content",
    cloud_init: "write_files/1/content",
    cloud_init_encoded: "write_files/0/content",
}


def read(folder: Path, where: str) -> tuple[PoolReading, ...]:
    (configuration,) = ConfigurationFiles(folder).read_all(where)
    return read_pools(configuration.pools)


@pytest.mark.parametrize("case", [case for case in cases() if case.name in CHOSEN], ids=str)
@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.__name__)
def test_a_wrapped_configuration_is_read_as_its_inner_text(
    wrapper: Wrapper, case: Case, tmp_path: Path
) -> None:
    shutil.copytree(case.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "outer.yaml").write_text(wrapper(case.text), "utf-8")
    inner = read(tmp_path, "prometheus.yml")
    assert inner
    assert read(tmp_path, "outer.yaml") == inner
    if pointer := WRAPPERS[wrapper]:
        assert read(tmp_path, f"outer.yaml#{pointer}") == inner


WRONG = """scrape_configs:
- job_name: a
  relabel_configs:
  - regex: '('
"""


@pytest.mark.parametrize(
    ("wrapper", "place"),
    [
        (config_map, "outer.yaml:12:16"),
        (config_map_after_a_namespace, "outer.yaml:16:16"),
        (helm_values, "outer.yaml:11:16"),
        (list_of_jobs, "outer.yaml:3:12"),
        (additional_scrape_configs, "outer.yaml:7:16"),
        (collector, "outer.yaml:9:18"),
        (collector_in_a_config_map, "outer.yaml:14:22"),
        (cloud_init, "outer.yaml:12:16"),
        (secret, "outer.yaml#data/prometheus.yaml:4:12"),
        (cloud_init_encoded, "outer.yaml#write_files/0/content:4:12"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_finding_names_the_place_in_the_outer_file(
    wrapper: Wrapper, place: str, tmp_path: Path
) -> None:
    (tmp_path / "outer.yaml").write_text(wrapper(WRONG), "utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path, "outer.yaml")
    assert str(caught.value).startswith(f"{place}: "), caught.value


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("x.yaml", "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nspec: {}\n",
         "x.yaml:1:1: a ServiceMonitor: prometheus-operator makes", "the running server"),
        ("x.yaml", "apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMPodScrape\n",
         "x.yaml:1:1: a VMPodScrape: the operator of VictoriaMetrics", "the running server"),
        ("x.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n",
         "x.yaml:1:1: a ConfigMap in which no value is a configuration", "the file that holds it"),
        ("x.yml.j2", "scrape_configs:\n{% for j in jobs %}\n- job_name: {{ j }}\n{% endfor %}\n",
         "x.yml.j2:2:1: a Jinja template, not a", "Ansible's template task"),
        ("x.yaml", "scrape_configs:\n{{- range .Values.jobs }}\n- job_name: {{ . }}\n{{- end }}\n",
         "x.yaml:2:1: a Go template, not a", "helm template"),
        ("x.tftpl", "scrape_configs:\n%{ for j in jobs }\n- job_name: ${j}\n%{ endfor }\n",
         "x.tftpl:2:1: a Terraform template, not a", "templatefile"),
        ("x.tf", 'resource "x" "y" {\n  config = "a"\n}\n', "x.tf:1:1: a file in HCL", "terraform"),
        ("x.yaml", "a: {scrape_configs: [{job_name: x}]}\nb: {scrape_configs: [{job_name: x}]}\n",
         "x.yaml:1:1: 2 values in it are configurations", "x.yaml#a, x.yaml#b"),
        ("x.yaml", "jobs: {}\nnodes: {}\n",
         "x.yaml:1:1: not a Prometheus configuration: line 1 begins with jobs, a field", ""),
    ],
)  # fmt: skip
def test_what_is_no_configuration_is_named(
    name: str, text: str, message: str, hint: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path, name)
    assert str(caught.value).startswith(message), caught.value
    assert hint in caught.value.hint


def test_a_pointer_to_nothing_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(config_map("scrape_configs: []\n"), "utf-8")
    with pytest.raises(InputError, match=r"no value at data/prometeus\.yml") as caught:
        read(tmp_path, "x.yaml#data/prometeus.yml")
    assert "prometheus.yml" in caught.value.hint


def test_a_source_can_be_a_value_and_map_a_folder(tmp_path: Path) -> None:
    (tmp_path / "sd").mkdir()
    (tmp_path / "sd/x.json").write_text('[{"targets": ["h:1"], "labels": {"rack": "r1"}}]', "utf-8")
    text = "scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [/etc/p/sd/*.json]}]\n"
    (tmp_path / "x.yaml").write_text(config_map(text), "utf-8")
    setting = SourceSetting(("x.yaml#data/prometheus.yml",), map=(("/etc/p", "."),))
    reading = read_source("a", setting, ReadContext(tmp_path))
    assert not isinstance(reading, Skipped), reading
    assert [label.name for label in reading.pools[0].labels] == ["instance", "job", "rack"]
