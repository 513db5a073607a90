"""The fields that Prometheus 3 knows. It refuses any other, and so a misspelt one.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/
"""

from __future__ import annotations

from typing import Final


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

# Fields that are maps: a merge key and the mapping behind it fill one, they don't replace it.
MAPS: Final = ("labels", "external_labels", "params")

_DISCOVERY: Final = "_sd_configs"


def is_discovery(name: str) -> bool:
    """Whether a job's field configures a service discovery."""
    return name.endswith(_DISCOVERY)


def discovery_kind(name: str) -> str:
    """``consul`` of ``consul_sd_configs``."""
    return name.removesuffix(_DISCOVERY)
