"""Engines: programs that read configurations and relabel targets, and how their releases differ.

Every difference is a field of ``Engine``, and a table says which release changed it, so that no
other module compares versions. Prometheus 2.24, 2.42, 2.53 and 3.5 were asked themselves; the
releases between and after follow the source of their tags and the changelog
(https://github.com/prometheus/prometheus/blob/main/CHANGELOG.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

PROMETHEUS: Final = "prometheus"
_LEGACY_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_VERSION: Final = re.compile(r"v?([0-9]{1,4})(?:\.([0-9]{1,4})(?:\.[0-9]+.*)?)?")
_OLDEST_ACTIONS: Final = frozenset(
    {"replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"}
)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release: its first two numbers. Patch releases do not differ in what is read here."""

    major: int
    minor: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


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

    def __str__(self) -> str:
        return f"{self.product.capitalize()} {self.version}"

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
CHECKED: Final = (Version(2, 24), Version(2, 42), Version(2, 53), Version(3, 5))  # on servers
NEWEST: Final = Version(3, 14)  # of those whose source was read


@cache
def prometheus(version: Version) -> Engine:
    """A release of Prometheus."""
    changes: dict[str, Any] = {}
    for since, changed in _PROMETHEUS.items():
        if version >= since:
            changes |= changed
    return Engine(PROMETHEUS, version, **changes)


def first_release_with_action(action: str) -> Version | None:
    """The Prometheus that brought an action which the oldest lacks; None if none did."""
    return next((v for v, new in _PROMETHEUS.items() if action in new.get("actions", ())), None)


DEFAULT_ENGINE: Final = prometheus(CHECKED[-1])


def parse_version(text: str) -> Version | None:
    """``2.42``, ``v3.5.0`` or ``3``; None for anything else."""
    match = _VERSION.fullmatch(text.strip())
    return Version(int(match[1]), int(match[2] or 0)) if match else None
