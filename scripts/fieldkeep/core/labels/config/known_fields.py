"""The fields of each section of a configuration, and the release that introduced each.

Prometheus refuses any other field.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fieldkeep.core.labels.relabel.engine import Engine, Version


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_LIMITS: Final = """
    body_size_limit sample_limit target_limit label_limit label_name_length_limit
    label_value_length_limit keep_dropped_targets
"""
_SCRAPING: Final = """
    scrape_interval scrape_timeout scrape_protocols scrape_failure_log_file
    scrape_native_histograms scrape_classic_histograms always_scrape_classic_histograms
    convert_classic_histograms_to_nhcb extra_scrape_metrics
    metric_name_validation_scheme metric_name_escaping_scheme
"""
_CLIENT: Final = """
    basic_auth authorization oauth2 bearer_token bearer_token_file tls_config follow_redirects
    enable_http2 http_headers proxy_url no_proxy proxy_from_environment proxy_connect_header
"""

TOP: Final = _words("""
    global runtime alerting rule_files scrape_config_files scrape_configs storage tracing
    remote_write remote_read otlp
""")
INCLUDED: Final = ("scrape_configs",)
GLOBAL: Final = _words(f"""
    evaluation_interval rule_query_offset query_log_file external_labels {_SCRAPING} {_LIMITS}
""")
JOB: Final = _words(f"""
    job_name honor_labels honor_timestamps track_timestamps_staleness params scheme metrics_path
    enable_compression fallback_scrape_protocol native_histogram_bucket_limit
    native_histogram_min_bucket_factor relabel_configs metric_relabel_configs static_configs
    {_SCRAPING} {_LIMITS} {_CLIENT}
""")
RULE: Final = _words("""
    source_labels separator regex modulus target_label replacement action
""")
GROUP: Final = ("targets", "labels")
FILE_SD: Final = ("files", "refresh_interval")

# Fields that are maps: a merge key and a mapping after it add up, neither replaces the other.
MAPS: Final = ("labels", "external_labels", "params")

_DISCOVERY: Final = "_sd_configs"


def _since(table: Mapping[tuple[int, int], str]) -> Mapping[str, Version]:
    return {name: Version(*since) for since, names in table.items() for name in names.split()}


# Fields that are not listed are older than 2.24.
SINCE: Final = _since(
    {
        (2, 25): "docker_sd_configs",
        (2, 26): "authorization follow_redirects scaleway_sd_configs",
        (2, 27): """
            oauth2 label_limit label_name_length_limit label_value_length_limit
            lightsail_sd_configs
        """,
        (2, 28): "body_size_limit http_sd_configs linode_sd_configs",
        (2, 29): "storage kuma_sd_configs",
        (2, 30): "uyuni_sd_configs",
        (2, 31): "tracing puppetdb_sd_configs",
        (2, 35): "enable_http2",
        (2, 36): "ionos_sd_configs vultr_sd_configs",
        (2, 37): "nomad_sd_configs",
        (2, 39): "proxy_connect_header",
        (2, 40): "ovhcloud_sd_configs",
        (2, 43): "scrape_config_files no_proxy proxy_from_environment",
        (2, 45): "scrape_classic_histograms native_histogram_bucket_limit",
        (2, 47): "keep_dropped_targets",
        (2, 48): "track_timestamps_staleness",
        (2, 49): "scrape_protocols enable_compression",
        (2, 50): "native_histogram_min_bucket_factor",
        (2, 53): "runtime rule_query_offset http_headers",
        (2, 54): "otlp",
        (2, 55): "scrape_failure_log_file metric_name_validation_scheme",
        (3, 0): """
            fallback_scrape_protocol always_scrape_classic_histograms
            convert_classic_histograms_to_nhcb
        """,
        (3, 4): "metric_name_escaping_scheme",
        (3, 5): "stackit_sd_configs",
        (3, 6): "scrape_native_histograms extra_scrape_metrics",
    }
)
SINCE_GLOBAL: Final = dict.fromkeys(_words(_LIMITS), Version(2, 45)) | {
    "keep_dropped_targets": Version(2, 47)
}
UNTIL: Final = {
    "scrape_classic_histograms": Version(3)
}  # renamed to always_scrape_classic_histograms


def known_to(
    names: Iterable[str], engine: Engine, since: Mapping[str, Version] = SINCE
) -> tuple[str, ...]:
    """The names that a release knows."""
    introduced = {**SINCE, **since}
    return tuple(
        name
        for name in names
        if engine.version >= introduced.get(name, Version(0))
        and not (name in UNTIL and engine.version >= UNTIL[name])
    )


def is_discovery(name: str, engine: Engine) -> bool:
    """Whether a field of a job configures a discovery that the release has."""
    return name.endswith(_DISCOVERY) and engine.version >= SINCE.get(name, Version(0))


def discovery_kind(name: str) -> str:
    """The kind of a discovery: ``consul`` for ``consul_sd_configs``."""
    return name.removesuffix(_DISCOVERY)
