"""The rows of docs/performance.md: for each work the programs that do it, and the goals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.installed import Programs
from tests.bench.measured import Command, run
from tests.bench.projects import KEY, Project, configuration, names
from tests.real.servers import ConsulServer

THIS, BEFORE = "fieldkeep", "before"
CHECK, AJV, SOURCEMETA = "check-jsonschema", "ajv-cli", "sourcemeta-jsonschema"
PYTHON, GET, PUT, PROMTOOL = "python -c pass", "consul kv get", "consul kv put", "promtool"
MB = 1_000_000
Commands = Mapping[str, Command]


@dataclass
class Bench:
    """Where the work lies; a project is made once for each use."""

    programs: Programs
    folder: Path
    consul: ConsulServer
    projects: dict[str, Project] = field(default_factory=dict)

    def project(self, use: str, fields: int, *, sites: bool = False, store: str = "") -> Project:
        name = f"{use}-{fields}"
        if name not in self.projects:
            made = Project(self.folder / name, fields, sites=sites, store=store)
            self.projects[name] = made
        return self.projects[name]

    def configuration(self, jobs: int, *, shared: bool = False) -> Path:
        path = self.folder / f"jobs-{jobs}-{'shared' if shared else 'written'}.yml"
        if not path.exists():
            path.write_text(configuration(jobs, names(20), shared=shared), "utf-8")
        return path

    @property
    def ours(self) -> dict[str, Path]:
        return {THIS: self.programs.this, BEFORE: self.programs.before}


@dataclass(frozen=True)
class Goal:
    """`figure` is CPU or memory: at most so many times the peer's, or MB where there is no peer."""

    figure: str
    peer: str
    most: float


@dataclass(frozen=True)
class Row:
    work: str
    commands: Callable[[Bench], Commands]
    goals: tuple[Goal, ...]
    quick: bool = False  # whether --quick measures it too
    point: tuple[str, int] | None = None  # its command and size, on the plot of the growth


# ---------------------------------------------------------------------- validate


def validate(bench: Bench, fields: int) -> Command:
    return Command([bench.programs.this, "validate", "-q"], bench.project("files", fields).root)


def _validate(fields: int, *peers: str) -> Callable[[Bench], Commands]:
    def commands(bench: Bench) -> Commands:
        project, got = bench.project("files", fields), bench.programs
        schema = "schema/field.schema.json"
        lines = {
            CHECK: [got.check_jsonschema, "--schemafile", schema, *project.files],
            AJV: [
                *(got.ajv, "validate", "--spec=draft2020", "--strict=false"),
                *("-s", schema, "-d", "fields/*.yaml"),
            ],
            SOURCEMETA: [got.sourcemeta, "validate", schema, "fields", "--extension", ".yaml"],
        }
        ours = {n: Command([p, "validate", "-q"], project.root) for n, p in bench.ours.items()}
        return ours | {peer: Command(lines[peer], project.root) for peer in peers}

    return commands


# ---------------------------------------------------------------------- start


def _help(bench: Bench) -> Commands:
    ours = {n: Command([program, "--help"], bench.folder) for n, program in bench.ours.items()}
    return ours | {PYTHON: Command([bench.programs.python, "-c", "pass"], bench.folder)}


def _completion(bench: Bench) -> Commands:
    asked = {
        "_FIELDKEEP_COMPLETE": "bash_complete",
        "COMP_WORDS": "fieldkeep va",
        "COMP_CWORD": "1",
    }
    ours = {n: Command([p], bench.folder, more=asked) for n, p in bench.ours.items()}
    return ours | {PYTHON: Command([bench.programs.python, "-c", "pass"], bench.folder)}


# ---------------------------------------------------------------------- sync


def synced(bench: Bench, name: str, *, changing: bool) -> Command:
    """A sync of 25 fields and three sites to Consul; each program has a project and a key."""
    project = bench.project(f"consul-{name}", 25, sites=True, store=bench.consul.url)
    line = [bench.ours[name], "sync", "-q", "--key", f"{KEY}-{name}"]
    run(Command(line, project.root))
    return Command(line, project.root, before=project.edit if changing else _nothing)


def _nothing(number: int) -> None:
    del number


def _sync_unchanged(bench: Bench) -> Commands:
    line = ["kv", "get", f"-http-addr={bench.consul.address}", f"{KEY}-{THIS}"]
    ours = {name: synced(bench, name, changing=False) for name in bench.ours}
    return ours | {GET: Command([bench.programs.consul, *line], bench.folder)}


def _sync_changed(bench: Bench) -> Commands:
    line = ["kv", "put", f"-http-addr={bench.consul.address}", f"{KEY}-put", "value"]
    ours = {name: synced(bench, name, changing=True) for name in bench.ours}
    return ours | {PUT: Command([bench.programs.consul, *line], bench.folder)}


def _sync_sqlite(bench: Bench) -> Commands:
    commands = {}
    for name, program in bench.ours.items():
        project = bench.project(f"sqlite-{name}", 1000)
        commands[name] = Command([program, "sync", "-q"], project.root, before=project.edit)
    return commands


def plan(bench: Bench, fields: int) -> Command:
    """One changed field; everything else is in the store."""
    project = bench.project("plan", fields)
    run(Command([bench.programs.this, "sync", "-q"], project.root))
    project.edit(0)
    return Command([bench.programs.this, "plan", "-q"], project.root)


# ---------------------------------------------------------------------- extract


def extract(program: Path, path: Path) -> Command:
    line = [program, "extract", "-q", "--format", "json", "--source", path.name]
    return Command(line, path.parent)


def _extract(jobs: int, *, shared: bool = False) -> Callable[[Bench], Commands]:
    def commands(bench: Bench) -> Commands:
        path = bench.configuration(jobs, shared=shared)
        ours = {name: extract(program, path) for name, program in bench.ours.items()}
        check = [bench.programs.promtool, "check", "config", path.name]
        return ours | {PROMTOOL: Command(check, path.parent)}

    return commands


ROWS = (
    Row("`validate`, 22 files", _validate(22, CHECK), (Goal("CPU", CHECK, 0.25),), quick=True),
    Row(
        "`validate`, 1,000 files",
        _validate(1000, CHECK, AJV),
        (Goal("CPU", CHECK, 0.10), Goal("CPU", AJV, 0.5)),
    ),
    Row(
        "`validate`, 10,000 files",
        _validate(10_000, CHECK, AJV, SOURCEMETA),
        (
            Goal("CPU", CHECK, 0.06),
            Goal("CPU", AJV, 0.8),
            Goal("CPU", SOURCEMETA, 2),
            Goal("memory", "", 130),
        ),
        point=("validate", 10_000),
    ),
    Row(
        "`plan`, 10,000 fields, one changed",
        lambda bench: {THIS: plan(bench, 10_000)},
        (Goal("memory", "", 130),),
        point=("plan", 10_000),
    ),
    Row("`fieldkeep --help`", _help, (Goal("CPU", PYTHON, 5),), quick=True),
    Row("completion in the shell", _completion, (Goal("CPU", PYTHON, 5),), quick=True),
    Row(
        "`sync` to Consul, 25 fields, 3 sites, nothing to write",
        _sync_unchanged,
        (Goal("CPU", GET, 7),),
        quick=True,
    ),
    Row(
        "`sync` to Consul, 25 fields, 3 sites, one changed",
        _sync_changed,
        (Goal("CPU", PUT, 9),),
        quick=True,
    ),
    Row("`sync` to SQLite, 1,000 fields, one changed", _sync_sqlite, (Goal("CPU", BEFORE, 0.25),)),
    Row(
        "`extract --format json`, 1,000 jobs, 20 rules each",
        _extract(1000),
        (Goal("CPU", PROMTOOL, 1.3), Goal("memory", PROMTOOL, 1)),
    ),
    Row(
        "`extract --format json`, 5,000 jobs, 20 rules each",
        _extract(5000),
        (Goal("CPU", PROMTOOL, 1.3), Goal("memory", PROMTOOL, 0.5)),
        point=("extract", 5000),
    ),
    Row(
        "`extract --format json`, 2,000 jobs that share 20 rules by an alias",
        _extract(2000, shared=True),
        (Goal("CPU", PROMTOOL, 0.7),),
    ),
)
