"""The `__meta_*` labels that each discovery of Prometheus delivers in some release, from source.

    python -m tests.truth.meta_labels PROMETHEUS

reads every tag from v2.24.0 on of a git directory: the names that the code of each discovery builds
from its constants, and those that the documentation lists. It writes the product's table,
`meta_labels.py`. A name that ends in `*` stands for all that begin like it.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tests.truth.struct_tags import ROOT, Source, releases

TABLE = ROOT / "scripts/fieldkeep/core/labels/meta_labels.py"
DOCUMENTATION = "docs/configuration/configuration.md"
# What the code composes in other ways than those that are understood here, by kind.
OBJECTS = ("node", "service", "pod", "endpoints", "endpointslice", "ingress", "namespace")
COMPOSED = {
    "gce": {"__meta_gce_interface_ipv4_*"},
    "kubernetes": {
        f"__meta_kubernetes_{name}_{part}"
        for name in OBJECTS
        for part in ("name", "label_*", "labelpresent_*", "annotation_*", "annotationpresent_*")
    },
}
TOO_WIDE = "__meta_kubernetes_*"
# Packages with the code of several kinds, or of kinds of other names.
PACKAGES = {
    "docker": "moby",
    "dockerswarm": "moby",
    "kuma": "xds",
    "nerve": "zookeeper",
    "serverset": "zookeeper",
}
AWS = ("ec2", "ecs", "elasticache", "lightsail", "msk", "rds")
SHARED = ("aws", "http", "file", "kuma")  # deliver what others do, or anything

_ASSIGNED = re.compile(
    r"^\s*(?:const |var )?(\w+)(?: +[\w.]+)? += +([^=].*?)(?: //.*)?$", re.MULTILINE
)
_JOINED = re.compile(r"\b(\w+) *\+ *\"(\w+)\"(?! *\+)")
_PART = re.compile(r'"([^"]*)"|([\w.]+)')
_SECTION = re.compile(r"^### `<(\w+)_sd_config>`\n(.*?)(?=^###? )", re.MULTILINE | re.DOTALL)


def read(source: Source) -> Iterator[tuple[str, str]]:
    """Kind and name of every label in one release."""
    for kind, text in _SECTION.findall(source.text(DOCUMENTATION)):
        for name in re.findall(r"`(__meta_[\w<>-]+)", text):
            yield kind, re.sub(r"(<.*|(?<=_)$)", "*", name)
    folders = {path.split("/")[1] for path in source.files if path.startswith("discovery/")}
    for folder in folders:
        texts = source.package(f"discovery/{folder}")
        for name in names("\n".join(texts)):
            for kind in kinds(folder, name):
                yield kind, name


def kinds(folder: str, name: str) -> tuple[str, ...]:
    """The discoveries that deliver a label whose name a package builds."""
    if folder == "aws":
        return tuple(kind for kind in AWS if name.startswith(f"__meta_{kind}_"))
    if folder == "moby":
        return ("docker", "dockerswarm") if "network_" in name else (name.split("_")[3],)
    return tuple(k for k, package in PACKAGES.items() if package == folder) or (folder,)


def names(code: str) -> set[str]:
    """Every name in `__meta_` that the code spells, or joins from its constants."""
    constants = {"model.MetaLabelPrefix": "__meta_"}
    for _ in range(4):  # constants of constants
        for name, value in _ASSIGNED.findall(code):
            if (text := _evaluated(value, constants)) is not None:
                constants[name] = text
    found = {text for text in constants.values() if text.startswith("__meta_")}
    found |= {constants[a] + b for a, b in _JOINED.findall(code) if a in constants}
    found = {text for text in found if text.startswith("__meta_")}
    prefixes = {text for text in found if text.endswith("_")}
    dynamic = {
        text for name, text in constants.items() if text in prefixes and _is_extended(name, code)
    }
    return {text for text in found if not text.endswith("_")} | {f"{text}*" for text in dynamic}


def _is_extended(name: str, code: str) -> bool:
    """Whether the code appends to a constant something that is no text."""
    return bool(re.search(rf"\b{name}\)? *\+ *(?!\")[\w.]+", code))


def _evaluated(value: str, constants: dict[str, str]) -> str | None:
    value = re.sub(r"^model\.LabelName\((.*)\)$", r"\1", value.strip())
    parts = [part.strip() for part in value.split("+")]
    texts = []
    for part in parts:
        match = _PART.fullmatch(part)
        text = None if match is None else match[1] if match[2] is None else constants.get(match[2])
        if text is None:
            return None
        texts.append(text)
    return "".join(texts)


def table(labels: dict[str, set[str]]) -> str:
    lines = [
        '"""The ``__meta_*`` labels that a discovery delivers in some release of Prometheus.',
        "",
        "Written by tests/truth/meta_labels.py from the source and documentation of releases. The",
        "names are without ``__meta_KIND_``. ``tag_*`` stands for all names that begin like it.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final",
        "",
        "META_LABELS: Final = {",
    ]
    for kind in sorted(labels):
        prefix = f"__meta_{kind}_"
        short = sorted(n.removeprefix(prefix) for n in labels[kind] if n.startswith(prefix))
        text = textwrap.wrap(" ".join(short), 88, break_on_hyphens=False)
        lines += [f'    "{kind}": """', *(f"        {t}" for t in text), '    """,']
    return "\n".join([*lines, "}", ""])


def main(folder: Path) -> None:
    labels: dict[str, set[str]] = {}
    for major, minor in releases(folder):
        for kind, name in read(Source(folder, f"v{major}.{minor}.0")):
            labels.setdefault(kind, set()).add(name)
    for kind, composed in COMPOSED.items():
        labels[kind] |= composed
    labels["kubernetes"].discard(TOO_WIDE)
    TABLE.write_text(table({k: v for k, v in labels.items() if k not in SHARED}), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
