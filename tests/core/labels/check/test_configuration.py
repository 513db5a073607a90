"""What stops Prometheus from starting is found at its place, in the release that it stops."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.check.configuration import check_configuration
from fieldkeep.core.labels.config.configuration import read_configuration
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, prometheus
from fieldkeep.core.labels.relabel.version import parse_version
from fieldkeep.model import Severity, Source


def findings(text: str, version: str = "") -> list[tuple[int, str]]:
    """Line and message of each."""
    parsed = parse_version(version)
    engine = prometheus(parsed) if parsed else DEFAULT_ENGINE
    problems = check_configuration(Source("p.yml", text.encode()), engine)
    assert {problem.severity for problem in problems} <= {Severity.ERROR}
    assert all(problem.hint and problem.check == "prometheus-config" for problem in problems)
    return [(problem.where.line, problem.message) for problem in problems]


FAULTY = """\
global:
  evaluation_interval: 15
scrape_configs:
- job_name: a
  sample_limit: "100"
  tls_config:
    skip_verify: true
  metric_relabel_configs:
  - {action: drop, regex: "("}
- job_name: b
  kubernetes_sd_configs:
  - role: pods
remote_write:
- name: x
alerting:
  alertmanager: []
"""


def test_all_faults_of_a_file_are_found_in_one_run() -> None:
    assert findings(FAULTY) == [
        (2, "not a duration"),
        (5, "not a number"),
        (7, "unknown field skip_verify in this TLSConfig section"),
        (9, "not a regex that Prometheus takes"),
        (12, "unknown role"),
        (14, "url is missing"),
        (16, "unknown field alertmanager in this AlertingConfig section"),
    ]


def test_a_field_of_another_release_is_named_as_such() -> None:
    text = "scrape_configs:\n- job_name: a\n  http_headers: {X-A: {values: [b]}}\n"
    assert findings(text, "2.53") == []
    source = Source("p.yml", text.encode())
    version = parse_version("2.42")
    assert version
    (problem,) = check_configuration(source, prometheus(version))
    assert problem.hint == "Prometheus 2.53 and newer knows it, and this source is 2.42"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{role: pod}", ""),
        ("{role: pod, tls_config: {insecure_skip_verify: true}}", "tls_config needs api_server"),
        ("{role: pod, tls_config: {insecure_skip_verify: false}}", ""),
        ("{role: pod, api_server: 'https://a', basic_auth: {username: a}}", ""),
        (
            "{role: pod, api_server: 'https://a', kubeconfig_file: b}",
            "kubeconfig_file and api_server exclude each other",
        ),
        (
            "{role: pod, api_server: 'https://a', namespaces: {own_namespace: true}}",
            "own_namespace and api_server exclude each other",
        ),
        ("{role: pod, selectors: [{role: service}]}", "role pod takes no such selector"),
        ("{role: endpoints, selectors: [{role: service}, {role: pod}]}", ""),
        ("{role: pod, selectors: [{role: pod}, {role: pod}]}", "two selectors have one role"),
        ("{role: node, namespaces: {nmaes: [a]}}", "unknown field nmaes in this"),
    ],
)
def test_what_kubernetes_requires(section: str, message: str) -> None:
    """Debian builds no Kubernetes discovery, so this follows the source."""
    text = f"scrape_configs:\n- job_name: a\n  kubernetes_sd_configs: [{section}]\n"
    found = [found for _, found in findings(text)]
    assert (found[0].startswith(message) and len(found) == 1) if message else found == []


def test_a_file_of_scrape_config_files_inherits_the_global_section() -> None:
    text = "global: {scrape_interval: 5s}\n"
    main = read_configuration(Source("main.yml", text.encode()))
    included = Source("p.yml", b"scrape_configs: [{job_name: a, scrape_timeout: 8s}]\nglobal: {}\n")
    found = check_configuration(included, DEFAULT_ENGINE, main.common)
    assert [problem.message for problem in found] == [
        "scrape_timeout is greater than scrape_interval",
        "unknown field global in this included section",
    ]


@pytest.mark.parametrize("text", ["", "null", "---\n", "scrape_configs:\n", "global:\n"])
def test_an_empty_file_has_no_fault(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize("text", ["[]", "a", "{", "global: []\n", "scrape_configs: {a: b}\n"])
def test_what_is_no_mapping_is_one_fault(text: str) -> None:
    assert len(findings(text)) == 1


def test_a_message_holds_no_value() -> None:
    text = (
        "scrape_configs:\n- job_name: a\n  bearer_token: s3cret\n  basic_auth: {password: s3cret}\n"
        "  proxy_url: 'http://user:s3cret@host:port'\n  authorization: {type: s3cret}\n"
    )
    found = findings(text)
    assert found
    assert "s3cret" not in str(found)
