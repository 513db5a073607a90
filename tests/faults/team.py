"""Projects of any size: field files, three sites that attach every label, settings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SITES = ("north", "south", "west")


def name(number: int) -> str:
    return f"label_{number:03d}"


def field(number: int, **more: Any) -> str:
    """A field file that says what teams say of a label."""
    words = " ".join(
        hashlib.sha256(str(number).encode()).hexdigest()[i : i + 6] for i in (0, 6, 12)
    )
    said = {
        "name": name(number),
        "display_name": f"Label {number:03d}",
        "description": f"What {words} is about",
        "category": "[basic, business]",
        "order": number + 1,
        "pages": "[services, exporters, blackbox]",
        "visibility": "{table: true, dashboard: true, form: true, filter: false}",
        **more,
    }
    return "".join(f"{key}: {value}\n" for key, value in said.items())


def site(labels: int) -> str:
    rules = "".join(
        f"      - source_labels: [__meta_consul_service_metadata_{name(number)}]\n"
        f"        target_label: {name(number)}\n"
        for number in range(labels)
    )
    return (
        "global: {external_labels: {site: here, datacenter: one}}\n"
        "scrape_configs:\n  - job_name: consul\n"
        "    consul_sd_configs: [{server: '127.0.0.1:8500'}]\n"
        f"    relabel_configs:\n{rules}"
    )


def project(folder: Path, labels: int, settings: Mapping[str, Any]) -> Path:
    (folder / "fields").mkdir(parents=True)
    (folder / "prometheus").mkdir()
    for where in SITES:
        (folder / "prometheus" / f"{where}.yml").write_text(site(labels), "utf-8")
    for number in range(labels):
        write(folder, number)
    listed = "".join(f"{key} = {value!r}\n" for key, value in settings.items())
    sources = ", ".join(f'{where} = "prometheus/{where}.yml"' for where in SITES)
    text = f"[tool.fieldkeep]\nsources = {{ {sources} }}\n{listed}"
    (folder / "pyproject.toml").write_text(text, "utf-8")
    return folder


def write(folder: Path, number: int, **more: Any) -> None:
    (folder / "fields" / f"{name(number)}.yaml").write_text(field(number, **more), "utf-8")
