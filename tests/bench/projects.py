"""Projects of a size: field files and Prometheus configurations, the same in every run."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.real.parts import ROOT

SEED = 20261127
SITES = ("master", "north", "south")
WORDS = [
    "company",
    "site",
    "vendor",
    "rack",
    "owner",
    "region",
    "tier",
    "model",
    "module",
    "city",
    "project",
    "zone",
    "team",
]
CATEGORIES = ("basic", "business", "asset", "network", "support", "extra")
PAGES = ("services", "exporters", "blackbox", "network_probes", "web_probes", "hardware_exporters")
BIG = 1 << 30  # bytes: SQLite has no limit that is worth measuring
KEY = "bench/metadata/fields"
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "FIELDKEEP_ACTOR": "bench",
}


class Project:
    """A checkout with this many fields; with ``sites``, three Prometheus set all of them."""

    def __init__(self, root: Path, fields: int, *, sites: bool = False, store: str = "") -> None:
        self.root, self.names = root, names(fields)
        (root / "fields").mkdir(parents=True)
        shutil.copytree(ROOT / "schema", root / "schema")
        chance = random.Random(SEED)
        for order, name in enumerate(self.names):
            self._write(name, field(name, order, chance))
        sources = {name: f"{name}.yml" for name in SITES if sites}
        for source in sources.values():
            (root / source).write_text(configuration(10, self.names), "utf-8")
        places = ", ".join(f'{name} = "{place}"' for name, place in sources.items())
        settings = (
            "[tool.fieldkeep]",
            f'key = "{KEY}"',
            f'store = "{store or "sqlite:///.fieldkeep/store.db"}"',
            *(() if store else (f"max_value_bytes = {BIG}", f"max_transaction_bytes = {BIG}")),
            f"sources = {{ {places} }}" if places else "",
        )
        (root / "pyproject.toml").write_text("\n".join(settings) + "\n", "utf-8")
        (root / ".gitignore").write_text(".fieldkeep/\n", "utf-8")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit()

    @property
    def files(self) -> list[str]:
        return [f"fields/{name}.yaml" for name in self.names]

    def edit(self, number: int) -> None:
        """Change one attribute of the first field, to a value of its own for each number."""
        path = self.root / self.files[0]
        kept = [k for k in path.read_text("utf-8").splitlines() if not k.startswith("placeholder:")]
        path.write_text("\n".join([*kept, f"placeholder: As of edit {number}", ""]), "utf-8")
        self.commit()

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Bench")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
        command = ["git", *who, "-C", str(self.root), *arguments]
        subprocess.run(command, env=ENVIRONMENT, check=True)

    def _write(self, name: str, text: str) -> None:
        (self.root / "fields" / f"{name}.yaml").write_text(text, "utf-8")


def names(count: int) -> list[str]:
    return [f"{WORDS[n % len(WORDS)]}_{n // len(WORDS):03}" for n in range(count)]


def field(name: str, order: int, chance: random.Random) -> str:
    """A file as people write them: 15 lines, about half a kilobyte."""
    title = name.replace("_", " ").capitalize()
    pages = ", ".join(sorted(chance.sample(PAGES, chance.randint(1, 4))))
    lines = [
        "# yaml-language-server: $schema=../schema/field.schema.json",
        f"name: {name}",
        f"display_name: {title}",
        f"description: {title} of the monitored asset, as it stands in the inventory",
        f"category: {chance.choice(CATEGORIES)}",
        f"required: {chance.choice(('true', 'false'))}",
        f"auto_register: {chance.choice(('true', 'false'))}",
        f"pages: {chance.choice(('all', f'[{pages}]'))}",
        "visibility: {table: true, dashboard: false, form: true, filter: true}",
        f"order: {order}",
    ]
    if chance.random() < 1 / 4:
        lines += [
            "type: select",
            "options:",
            "  - low",
            "  - medium",
            "  - high",
            "default: medium",
        ]
    else:
        lines += [
            "type: string",
            f"placeholder: As in the contract, {title}",
            "validation:",
            f"  regex: '^[A-Za-z0-9 .-]{{1,{chance.randint(20, 60)}}}$'",
            "  max_length: 60",
            "  message: Letters, digits, dots and dashes",
        ]
    return "\n".join([*lines, ""])


def configuration(jobs: int, labels: Sequence[str], *, shared: bool = False) -> str:
    """A Prometheus configuration in which every job sets each label, by an alias if shared."""
    written = "".join(map(_rule, labels))
    lines = ["global:\n  external_labels:\n    cluster: bench\nscrape_configs:\n"]
    for number in range(jobs):
        lines.append(f"  - job_name: job_{number:04}\n")
        lines.append("    http_sd_configs:\n      - url: http://127.0.0.1:9/targets\n")
        if shared and number:
            lines.append("    relabel_configs: *shared\n")
        else:
            lines.append(f"    relabel_configs:{' &shared' if shared else ''}\n{written}")
    return "".join(lines)


def _rule(label: str) -> str:
    return (
        f"      - source_labels: [__meta_consul_service_metadata_{label}]\n"
        f"        target_label: {label}\n"
    )
