"""Names a file that holds no configuration, but what one is made of: a template, a program, or a
resource of an operator; and says what to name instead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from fieldkeep.core.labels.config.goyaml import Node, Scalar, Table, refusal
from fieldkeep.errors import InputError
from fieldkeep.model import Place, Source

_SERVER: Final = "name the running server as the source"
# How a file is named, what is in it, what it is, and what to name instead.
_TEMPLATES: Final = (
    (
        r"\.(?:tf|hcl|nomad)$",
        r"^\s*(?:resource|variable|locals|job)\b.*\{\s*$",
        "a file in HCL",
        "name what it renders (terraform console, nomad job inspect)",
    ),
    (
        r"\.tftpl$",
        r"%\{\s*(?:if|for|else|endif|endfor)\b",
        "a Terraform template",
        "name what templatefile() renders",
    ),
    (
        r"\.(?:j2|jinja2?)$",
        r"\{%[-+]?\s",
        "a Jinja template",
        "name what it renders, for example what Ansible's template task wrote",
    ),
    (
        r"\.(?:tpl|gotmpl|tmpl|ctmpl)$",
        r"\{\{-?\s*(?:[.$]|if\b|range\b|with\b|include\b|toYaml\b|key\b)",
        "a Go template",
        "name what it renders: helm template RELEASE CHART > rendered.yaml",
    ),
    (r"\.(?:j2|jinja2?|tpl|gotmpl|tmpl)$", r"\{\{", "a template", "name what it renders"),
)
_OPERATORS: Final = {
    "monitoring.coreos.com": "prometheus-operator",
    "operator.victoriametrics.com": "the operator of VictoriaMetrics",
}


def template(source: Source, fault: InputError | None = None) -> InputError | None:
    """The error for a template, if a file is one: it looks like one, and its name says so, or it is
    no YAML (``fault``).
    """
    text = source.content.decode("utf-8", "replace")
    for name, mark, kind, instead in _TEMPLATES:
        is_named = re.search(name, source.path) is not None
        if not is_named and fault is None:
            continue
        found = re.search(mark, text, re.MULTILINE)
        if (found and is_named) or (fault is not None and (found or is_named)):
            line = text[: found.start()].count("\n") + 1 if found else 1
            message = f"{kind}, not a configuration"
            return refusal(Place(source.path, line), message, f"{instead}; or {_SERVER}")
    return None


def resource(roots: Iterable[Node | None]) -> InputError | None:
    """The error for a resource of an operator, if one of the documents is one."""
    for root in roots:
        version, kind = (_text(root, key) for key in ("apiVersion", "kind"))
        operator = _OPERATORS.get(version.partition("/")[0])
        if operator is not None and root is not None:
            message = f"a {kind}: {operator} makes the configuration of it"
            hint = f"{_SERVER}, or the Secret that the operator writes"
            return refusal(root.where, message, hint)
    return None


def holds_none(roots: Iterable[Node | None]) -> InputError | None:
    """The error for a Kubernetes object of another kind, in which no value is a configuration."""
    for root in roots:
        kind = _text(root, "kind")
        if root is not None and kind and _text(root, "apiVersion"):
            message = f"a {kind} in which no value is a configuration"
            return refusal(root.where, message, f"name the file that holds it, or {_SERVER}")
    return None


def _text(node: Node | None, key: str) -> str:
    for name, value in node.pairs if isinstance(node, Table) else ():
        if isinstance(name, Scalar) and name.text == key and isinstance(value, Scalar):
            return value.text
    return ""
