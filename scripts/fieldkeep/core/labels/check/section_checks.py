"""What Prometheus requires of the sections beside scrape jobs, and of a job's fields that do not
decide about labels: UnmarshalYAML and Validate of its config/config.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from fieldkeep.core.labels.check import client_checks, discovery_checks
from fieldkeep.core.labels.check.checks import choice, required
from fieldkeep.core.labels.check.section import Check, Fault, Section, covers
from fieldkeep.core.labels.config.decode import any_fields
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, Table
from fieldkeep.core.labels.config.goyaml_tags import TRUE
from fieldkeep.core.labels.config.timing import parse_duration

_PROTOCOLS: Final = {
    "2.49": "PrometheusProto PrometheusText0.0.4 OpenMetricsText0.0.1 OpenMetricsText1.0.0",
    "3.0": "PrometheusText1.0.0",
}
# Defaults of a queue: field -> value.
_QUEUE: Final = {"max_shards": 50, "min_shards": 1, "max_samples_per_send": 2000, "capacity": 10000}


_MESSAGES: Final = {"2.54": "prometheus.WriteRequest io.prometheus.write.v2.Request"}
_STRATEGIES: Final = {
    "3.0": "UnderscoreEscapingWithSuffixes NoUTF8EscapingWithSuffixes",
    "3.4": "NoTranslation",
    "3.6": "UnderscoreEscapingWithoutSuffixes",
}
_RULE_FILE: Final = re.compile(r"[^*]*(\*[^/]*)?")


def _top(section: Section) -> Iterator[Fault]:
    for item in _items(section, "rule_files"):
        if isinstance(item, Scalar) and not _RULE_FILE.fullmatch(item.text):
            yield Fault(
                "rule_files", "not a path of rule_files", "it may have a * in its last part only"
            )
    if _needs_utf8(section) and _is_legacy(section):
        message = "this translation_strategy of otlp needs names in UTF-8"
        yield Fault("otlp", message, "remove metric_name_validation_scheme: legacy from global")
    for name in ("remote_write", "remote_read"):
        names = [any_fields(item).get("name") for item in _items(section, name)]
        texts = [n.text for n in names if isinstance(n, Scalar) and n.text and not n.null]
        if len(set(texts)) < len(texts):
            yield Fault(name, f"two items of {name} have one name", "give each a name of its own")


def _needs_utf8(section: Section) -> bool:
    strategy = _inside(section, "otlp", "translation_strategy")
    return strategy in ("NoTranslation", "NoUTF8EscapingWithSuffixes")


def _is_legacy(section: Section) -> bool:
    return _inside(section, "global", "metric_name_validation_scheme") == "legacy"


def _inside(section: Section, name: str, field: str) -> str:
    """The text of a field in a section that is in this one."""
    node = section.values.get(name)
    value = any_fields(node).get(field) if isinstance(node, Table) else None
    return value.text if isinstance(value, Scalar) else ""


def _items(section: Section, name: str) -> tuple[Node, ...]:
    node = section.values.get(name)
    return node.items if isinstance(node, Listing) else ()


def _addresses(section: Section) -> Iterator[Fault]:
    """A URL is no address of an Alertmanager, unless rules could turn it into one."""
    if section.filled("relabel_configs"):
        return
    for group in _items(section, "static_configs"):
        targets = any_fields(group).get("targets")
        for target in targets.items if isinstance(targets, Listing) else ():
            if isinstance(target, Scalar) and "/" in target.text:
                hint = "remove its scheme and path: scheme and path_prefix say them"
                yield Fault("static_configs", "a target is a URL, not host:port", hint)


def _url(section: Section) -> Iterator[Fault]:
    if not section.given("url"):
        yield Fault("", "url is missing", "add url")


def _headers(section: Section) -> Iterator[Fault]:
    headers = section.values.get("headers")
    for name in any_fields(headers) if isinstance(headers, Table) else ():
        if name.lower() in client_checks.RESERVED_HEADERS:
            yield Fault("headers", f"the header {name} cannot be set", "remove it")


def _signed(*others: str) -> Check:
    """Credentials of a cloud exclude those of the HTTP client, and each other."""

    def check(section: Section) -> Iterator[Fault]:
        ways = ("basic_auth", "authorization", "oauth2", *others)
        given = [name for name in ways if section.given(name)]
        if len(given) > 1 and given[1] in others:
            yield Fault(given[1], f"{given[0]} and {given[1]} exclude each other", "keep one")

    return check


def _protocols(section: Section) -> Iterator[Fault]:
    node = section.values.get("scrape_protocols")
    if not isinstance(node, Listing):
        return
    if not node.items:
        yield Fault("scrape_protocols", "scrape_protocols is empty", "leave it out, or fill it")
    known = [
        name
        for since, names in _PROTOCOLS.items()
        if covers(section.engine, since)
        for name in names.split()
    ]
    names = [item.text for item in node.items if isinstance(item, Scalar)]
    for name in names:
        if name not in known:
            yield Fault("scrape_protocols", "unknown protocol", f"one of {', '.join(known)}")
    if len({name.lower() for name in names}) < len(names):
        yield Fault("scrape_protocols", "a protocol stands there twice", "keep one")


def _fallback(section: Section) -> Iterator[Fault]:
    if section.filled("fallback_scrape_protocol"):
        yield from choice("fallback_scrape_protocol", _PROTOCOLS)(section)


def _queue(section: Section) -> Iterator[Fault]:
    if not covers(section.engine, "3.12"):
        return
    numbers = {}
    for name, default in _QUEUE.items():
        value = section.text(name, str(default))
        numbers[name] = (
            int(value) if value.lstrip("+-").isdecimal() else 0 if not value else default
        )
        if numbers[name] <= 0:
            yield Fault(name, f"{name} must be positive", "write a number greater than 0")
    if numbers["min_shards"] > numbers["max_shards"]:
        yield Fault("min_shards", "min_shards is greater than max_shards", "lower min_shards")
    least = parse_duration(section.text("min_backoff", "30ms") or "0")
    most = parse_duration(section.text("max_backoff", "5s") or "0")
    if least is not None and most is not None and most < least:
        yield Fault("max_backoff", "max_backoff is less than min_backoff", "raise max_backoff")


def _tracing(section: Section) -> Iterator[Fault]:
    if section.filled("compression") and section.text("compression") != "gzip":
        yield Fault("compression", "unknown compression", "write gzip, or leave it out")
    if section.given("client_type"):
        yield from choice("client_type", {"2.34": "http grpc"})(section)


def _otlp(section: Section) -> Iterator[Fault]:
    if covers(section.engine, "3.5"):
        everything = section.text("promote_all_resource_attributes") in TRUE
        if everything and section.filled("promote_resource_attributes"):
            message = "promote_all_resource_attributes excludes promote_resource_attributes"
            yield Fault("promote_resource_attributes", message, "keep one")
        if section.filled("ignore_resource_attributes") and not everything:
            message = "ignore_resource_attributes needs promote_all_resource_attributes: true"
            yield Fault("ignore_resource_attributes", message, "add it")
    if section.filled("translation_strategy"):
        yield from choice("translation_strategy", _STRATEGIES)(section)
    for name in ("promote_resource_attributes", "ignore_resource_attributes"):
        listed = _items(section, name)
        texts = [item.text.strip() for item in listed if isinstance(item, Scalar)]
        if "" in texts or len(set(texts)) < len(texts):
            yield Fault(name, f"{name} holds an empty or repeated name", "remove it")


def _retention(section: Section) -> Iterator[Fault]:
    if section.text("size").startswith("-"):
        yield Fault("size", "size is negative", "write for example 10GB")
    percentage = section.text("percentage")
    if percentage.startswith("-") and percentage.strip("-0."):
        yield Fault("percentage", "percentage is negative", "write a number from 0 to 100")


def _chunks(section: Section) -> Iterator[Fault]:
    if section.filled("floats"):
        yield from choice("floats", {"3.13": "xor xor2"})(section)


def _api_version(section: Section) -> Iterator[Fault]:
    if section.given("api_version"):
        values = "v2" if covers(section.engine, "3.0") else "v1 v2"
        yield from choice("api_version", {"0": values})(section)


CHECKS: Final[Mapping[str, tuple[Check, ...]]] = {
    **client_checks.CHECKS,
    **{f"{kind}_sd_configs": checks for kind, checks in discovery_checks.CHECKS.items()},
    "top": (_top,),
    "global": (_protocols,),
    "job": (_protocols, _fallback),
    "AlertmanagerConfig": (_api_version, _addresses, _signed("sigv4")),
    "RemoteWriteConfig": (
        _url,
        _headers,
        choice("protobuf_message", _MESSAGES, "prometheus.WriteRequest"),
        _signed("sigv4", "azuread", "google_iam"),
    ),
    "RemoteReadConfig": (_url, _headers),
    "QueueConfig": (_queue,),
    "TracingConfig": (required("endpoint"), _tracing, _headers),
    "OTLPConfig": (_otlp,),
    "TSDBRetentionConfig": (_retention,),
    "ChunkEncodingConfig": (_chunks,),
}
