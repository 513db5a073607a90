"""The schemes of names: which names Prometheus 3 takes, and how it asks targets to escape them.

``metric_name_validation_scheme`` and ``metric_name_escaping_scheme`` of the global section and of
a job (``ScrapeConfig.Validate`` in Prometheus' config/config.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldkeep.core.labels.config.decode import text
from fieldkeep.core.labels.config.goyaml import Node, refusal
from fieldkeep.core.labels.relabel.engine import Engine

VALIDATION: Final = "metric_name_validation_scheme"
ESCAPING: Final = "metric_name_escaping_scheme"
LEGACY: Final = "legacy"
ALLOW_UTF8: Final = "allow-utf-8"
_UNDERSCORES: Final = "underscores"
_ESCAPINGS: Final = ("", ALLOW_UTF8, _UNDERSCORES, "dots", "values")


def is_legacy(common: Mapping[str, Node], job: Mapping[str, Node]) -> bool:
    """Whether the scheme in force for a job is ``legacy``, given its fields and the global ones."""
    return (text(job.get(VALIDATION)) or text(common.get(VALIDATION))) == LEGACY


def refuse_schemes(common: Mapping[str, Node], job: Mapping[str, Node], engine: Engine) -> None:
    """Raise InputError for a scheme that the engine does not know, or two that exclude each
    other."""
    of_all = _one_of(common, VALIDATION, engine.name_schemes)
    if not engine.checks_job_schemes:
        return
    own = _one_of(job, VALIDATION, engine.name_schemes)
    legacy = (own or of_all) == LEGACY
    escaping = _one_of(common, ESCAPING, _ESCAPINGS)
    escaping = escaping or (_UNDERSCORES if of_all == LEGACY else ALLOW_UTF8)
    if own and engine.escaping_follows_job:
        escaping = _UNDERSCORES if legacy else ALLOW_UTF8
    escaping = _one_of(job, ESCAPING, _ESCAPINGS) or escaping
    if legacy and escaping == ALLOW_UTF8:
        where = next(
            section[name].where
            for section in (job, common)
            for name in (ESCAPING, VALIDATION)
            if name in section
        )
        message = f"the validation scheme is {LEGACY}, and the escaping scheme {ALLOW_UTF8}"
        raise refusal(where, message, f"set {ESCAPING}: {_UNDERSCORES} beside it")


def _one_of(section: Mapping[str, Node], name: str, values: tuple[str, ...]) -> str:
    """The value of a scheme, '' if it is not set. Raises InputError for one that is unknown."""
    value = text(section.get(name))
    if values and value not in values:
        hint = f"one of {', '.join(filter(None, values))}"
        raise refusal(section[name].where, f"unknown {name}", hint)
    return value
