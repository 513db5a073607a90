"""Engines: programs that read configurations and relabel targets, and how their releases differ.

Every difference is a field of ``Engine``, and a table says which release changed it, so that no
other module compares versions. Prometheus 2.24, 2.42, 2.53 and 3.5 were asked themselves; the
releases between and after follow the source of their tags and the changelog
(https://github.com/prometheus/prometheus/blob/main/CHANGELOG.md).

VictoriaMetrics (its single server and vmagent) reads the same files with rules of its own; 1.112
and 1.145 were asked themselves (https://docs.victoriametrics.com/victoriametrics/relabeling/).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fieldkeep.core.labels.relabel.version import PROMETHEUS, VICTORIAMETRICS, Version

_NAMES: Final = {PROMETHEUS: "Prometheus", VICTORIAMETRICS: "VictoriaMetrics"}
_LEGACY_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OLDEST_ACTIONS: Final = frozenset(
    {"replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"}
)


@dataclass(frozen=True, slots=True)
class Engine:
    """A release of a program. The defaults are those of the oldest release that is known.

    ``actions``: the actions of relabel rules.
    ``utf8_names``: any text is a label name; else only ``[a-zA-Z_][a-zA-Z0-9_]*`` is.
    ``angle_groups``: ``(?<name>...)`` is a group in a regex; else only ``(?P<name>...)`` is.
    ``utf8_targets``: relabel rules may set labels of any name.
    ``name_schemes``: the values of ``metric_name_validation_scheme``; any, if it is empty.
    ``checks_job_schemes``: the schemes of a job are checked, and escaping schemes.
    ``escaping_follows_job``: a job with a validation scheme does not inherit the escaping scheme.
    ``schemes_limit_targets``: rules of a job whose scheme is legacy set legacy names only.
    ``dotall``: a dot in a regex also matches a line break.
    ``adds_default_port``: an address without a port gets the port of its scheme.
    ``drops_whole_groups``: a target without a valid address takes its target group with it.
    ``deletes_expanded_name``: an empty replacement deletes the label that ``target_label`` expands
    to; else the label named by the unexpanded text, and no label has a ``$`` in its name.
    ``params_win``: the parameters of a job replace a target's labels ``__param_<name>``; else the
    labels stay.
    ``timing_labels``: targets start with ``__scrape_interval__`` and ``__scrape_timeout__``.
    ``histogram_labels``: and with ``__scrape_native_histograms__`` and two others.
    ``empty_name_stops_scrapes``: a target with a label without a name is down.
    ``discovers_results``: the targets API shows labels after the rules as discovered ones.

    Of VictoriaMetrics:

    ``null_is_default``: null stands for the default, not for the empty text.
    ``typed_regexes``: a regex without quotes is typed first (``1.10`` is ``1.1``), and a list of
    regexes is joined by ``|``.
    ``whole_regexes``: a regex that closes its wrapper's parenthesis is no regex.
    ``conditions``: rules may have an ``if``.
    ``references``: a replacement may hold ``{{label}}``.
    ``skips_faulty_jobs``: a job with a fault in its values is left out; else it is refused.
    ``keeps_emptied``: a label that was emptied stays until the last rule has run, and a labelmap
    maps it; a labelmap reads what it has just written.
    ``expands_one_line``: a dot that matches a line break does not capture one: the source's value
    then takes the place of the replacement.
    ``hash64``: hashmod takes the XXH64 of a text; else the last half of its MD5 sum.
    ``common_rules``: the rules of the global section run before those of each job.
    ``go_durations``: the timing labels have Go's notation (``1m0s``), and timing is not compared.
    ``groups_set_address``: a label ``__address__`` of a target group replaces its targets.
    ``url_addresses``: an address may be a URL.
    ``files_from_main``: relative paths start at the main file's folder; else at the file's own.
    ``bare_includes``: a file of scrape_config_files is a list of jobs.
    ``drops_broken_files``: a target file that cannot be read has no targets; else it keeps those
    that it had before. Such a file is YAML whatever its name is.
    ``prints_empty``: a configuration that it prints has empty texts; else they are left out.
    ``pools_by_label``: the targets API names a scrape pool by the label ``job`` of its targets.
    ``empty_names``: a label without a name is taken, and vanishes.
    ``ignores_unknown``: it runs with ``-promscrape.config.strictParse=false``: fields that it does
    not know are left out.
    ``refuses_variables``: a ``%{NAME}`` whose variable is not set is refused; else it stays.
    """

    product: str
    version: Version
    actions: frozenset[str] = _OLDEST_ACTIONS
    utf8_names: bool = False
    utf8_targets: bool = False
    name_schemes: tuple[str, ...] = ()
    checks_job_schemes: bool = False
    escaping_follows_job: bool = False
    schemes_limit_targets: bool = False
    angle_groups: bool = False
    dotall: bool = False
    adds_default_port: bool = True
    drops_whole_groups: bool = True
    deletes_expanded_name: bool = False
    params_win: bool = True
    timing_labels: bool = False
    histogram_labels: bool = False
    empty_name_stops_scrapes: bool = False
    discovers_results: bool = False
    null_is_default: bool = False
    typed_regexes: bool = False
    whole_regexes: bool = False
    conditions: bool = False
    references: bool = False
    skips_faulty_jobs: bool = False
    keeps_emptied: bool = False
    expands_one_line: bool = False
    hash64: bool = False
    common_rules: bool = False
    go_durations: bool = False
    groups_set_address: bool = False
    url_addresses: bool = False
    files_from_main: bool = False
    bare_includes: bool = False
    drops_broken_files: bool = False
    prints_empty: bool = False
    pools_by_label: bool = False
    empty_names: bool = False
    ignores_unknown: bool = False
    refuses_variables: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def __hash__(self) -> int:  # of all its fields, it would cost more than what is looked up by it
        return hash((self.product, self.version))

    @property
    def name(self) -> str:
        """The product's name, as its makers write it."""
        return _NAMES[self.product]

    def is_label_name(self, text: str) -> bool:
        """Whether ``text`` can name a label."""
        return bool(text) if self.utf8_names else _LEGACY_NAME.fullmatch(text) is not None

    def is_target_name(self, text: str) -> bool:
        """Whether a relabel rule can set a label named ``text``."""
        return bool(text) if self.utf8_targets else _LEGACY_NAME.fullmatch(text) is not None


_CASE_ACTIONS: Final = _OLDEST_ACTIONS | {"lowercase", "uppercase"}
_EQUAL_ACTIONS: Final = _CASE_ACTIONS | {"keepequal", "dropequal"}
# Release -> the fields of the engine that it changed, oldest first.
_PROMETHEUS: Final[dict[Version, dict[str, Any]]] = {
    Version(2, 28): {"drops_whole_groups": False},
    Version(2, 30): {"timing_labels": True},
    Version(2, 36): {"actions": _CASE_ACTIONS},
    Version(2, 39): {"discovers_results": True},
    Version(2, 41): {"actions": _EQUAL_ACTIONS, "empty_name_stops_scrapes": True},
    Version(2, 43): {"discovers_results": False},
    Version(2, 50): {"deletes_expanded_name": True},
    Version(2, 51): {"angle_groups": True},  # built with Go 1.22
    Version(2, 55): {"name_schemes": ("", "legacy")},  # utf8 needs a flag
    Version(3, 0): {
        "name_schemes": ("", "legacy", "utf8"),
        "utf8_names": True,
        "utf8_targets": True,
        "dotall": True,
        "adds_default_port": False,
        "params_win": False,
    },
    Version(3, 4): {"checks_job_schemes": True},
    Version(3, 7): {"escaping_follows_job": True, "schemes_limit_targets": True},
    Version(3, 13): {"histogram_labels": True},
}
_OWN_ACTIONS: Final = _EQUAL_ACTIONS | {
    *("replace_all", "labelmap_all", "keep_metrics", "drop_metrics", "graphite"),
    *("keep_if_contains", "drop_if_contains", "keep_if_equal", "drop_if_equal"),
}
_VICTORIAMETRICS: Final[dict[Version, dict[str, Any]]] = {
    Version(1, 0): {
        "actions": _OWN_ACTIONS,
        "adds_default_port": False,
        "drops_whole_groups": False,
        "angle_groups": True,
        "deletes_expanded_name": True,
        "dotall": True,
        "params_win": False,
        "timing_labels": True,
        "utf8_names": True,
        "utf8_targets": True,
        "null_is_default": True,
        "typed_regexes": True,
        "whole_regexes": True,
        "conditions": True,
        "references": True,
        "skips_faulty_jobs": True,
        "keeps_emptied": True,
        "expands_one_line": True,
        "hash64": True,
        "common_rules": True,
        "go_durations": True,
        "groups_set_address": True,
        "url_addresses": True,
        "files_from_main": True,
        "bare_includes": True,
        "drops_broken_files": True,
        "prints_empty": True,
        "pools_by_label": True,
        "empty_names": True,
        "refuses_variables": True,
    },
    Version(1, 114): {"pools_by_label": False},
    Version(1, 124): {"refuses_variables": False},
}
CHECKED: Final = (Version(2, 24), Version(2, 42), Version(2, 53), Version(3, 5))  # on servers
NEWEST: Final = Version(3, 14)  # of those whose source was read
CHECKED_VICTORIAMETRICS: Final = (Version(1, 112), Version(1, 145))


@cache
def prometheus(version: Version) -> Engine:
    """A release of Prometheus."""
    return _release(PROMETHEUS, version, _PROMETHEUS)


@cache
def victoriametrics(version: Version) -> Engine:
    """A release of VictoriaMetrics with its default flags, as single server or vmagent."""
    return _release(VICTORIAMETRICS, version, _VICTORIAMETRICS)


def _release(product: str, version: Version, table: Mapping[Version, dict[str, Any]]) -> Engine:
    changes: dict[str, Any] = {}
    for since, changed in table.items():
        if version >= since:
            changes |= changed
    return Engine(product, version, **changes)


def engine_of(product: str, version: Version | None = None) -> Engine:
    """The engine of a product in ``PRODUCTS``; its newest checked release if none is given."""
    if product == VICTORIAMETRICS:
        return victoriametrics(version or CHECKED_VICTORIAMETRICS[-1])
    return prometheus(version or CHECKED[-1])


def first_release_with_action(action: str) -> Version | None:
    """The Prometheus that brought an action which the oldest lacks; None if none did."""
    return next((v for v, new in _PROMETHEUS.items() if action in new.get("actions", ())), None)


DEFAULT_ENGINE: Final = prometheus(CHECKED[-1])
