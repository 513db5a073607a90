"""The house's rules, read from the syntax tree: what each room may import and call."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

PACKAGE = Path(__file__).parents[1] / "scripts" / "fieldkeep"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

# Standard modules that look outside: files, processes, clocks, the network, chance.
OUTSIDE = frozenset(
    [
        "os",
        "io",
        "pathlib",
        "socket",
        "ssl",
        "subprocess",
        "time",
        "shutil",
        "tempfile",
        "glob",
        "fileinput",
        "sqlite3",
        "getpass",
        "random",
        "secrets",
        "uuid",
        "platform",
        "urllib",
        "http",
        "ftplib",
        "smtplib",
        "asyncio",
        "threading",
        "multiprocessing",
        "signal",
        "select",
        "selectors",
        "ctypes",
        "logging",
        "sched",
        "locale",
        "pwd",
        "grp",
        "fcntl",
        "mmap",
        "webbrowser",
    ]
)
CORE_MAY = frozenset(
    [
        "yaml",
        "jsonschema",
        "jsonschema_rs",
        "re2",
        "deepdiff",
        "referencing",
        "fieldkeep",
        "fieldkeep.model",
        "fieldkeep.errors",
        "fieldkeep.core",
    ]
)
FORBIDDEN = frozenset(
    [
        "open",
        "print",
        "input",
        "exec",
        "eval",
        "__import__",
        "breakpoint",
        ".now",
        ".today",
        ".utcnow",
        ".time",
        ".getenv",
        ".read_text",
        ".read_bytes",
        ".write_text",
        ".write_bytes",
    ]
)


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"), module)


def imported(module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, wherever in the module it stands."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def called(module: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything called: ``open`` a function, ``.open`` a method."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name):
                    yield node.lineno, name
                case ast.Attribute(_, name):
                    yield node.lineno, f".{name}"


def within(name: str, prefixes: frozenset[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def rooms(*names: str) -> list[str]:
    return [module for module in MODULES if module.split("/")[0] in names]


def strangers(module: str, *forbidden: str) -> list[str]:
    names = frozenset(f"fieldkeep.{room}" for room in forbidden)
    return [f"{module}:{line}: {name}" for line, name in imported(module) if within(name, names)]


@pytest.mark.parametrize("module", rooms("core"))
def test_core_imports_nothing_that_looks_outside(module: str) -> None:
    for line, name in imported(module):
        top = name.split(".")[0]
        standard = top in sys.stdlib_module_names and top not in OUTSIDE
        ours = within(name, CORE_MAY - {"fieldkeep"}) or name == "fieldkeep.__version__"
        assert standard or ours, f"{module}:{line}: {name}"
        assert not strangers(module, "edges", "render", "commands", "pipeline", "settings")


@pytest.mark.parametrize("module", rooms("core", "render", "model.py"))
def test_pure_rooms_open_print_and_ask_for_no_time(module: str) -> None:
    assert [f"{module}:{line}: {n}()" for line, n in called(module) if n in FORBIDDEN] == []


@pytest.mark.parametrize("module", ["model.py"])
def test_the_model_imports_only_the_standard_library(module: str) -> None:
    assert all(name.split(".")[0] in sys.stdlib_module_names for _, name in imported(module))


@pytest.mark.parametrize("module", rooms("edges"))
def test_edges_know_neither_commands_nor_output(module: str) -> None:
    assert strangers(module, "commands", "render", "pipeline") == []


@pytest.mark.parametrize("module", rooms("render"))
def test_render_knows_only_results(module: str) -> None:
    assert strangers(module, "edges", "commands", "pipeline", "settings") == []


@pytest.mark.parametrize("module", [m for m in MODULES if m not in rooms("commands")])
def test_nobody_imports_the_commands(module: str) -> None:
    if module != "__main__.py":
        assert strangers(module, "commands") == []


@pytest.mark.parametrize("module", MODULES)
def test_no_except_is_silent_about_everything(module: str) -> None:
    """What catches everything raises it again, but for the one place that ends the program."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler) and module != "__main__.py":
            assert node.type is not None, f"{module}:{node.lineno}: bare except"
            names = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
            if names & {"Exception", "BaseException"}:
                assert isinstance(node.body[-1], ast.Raise), f"{module}:{node.lineno}"


def test_modules_are_small() -> None:
    lengths = {m: len((PACKAGE / m).read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert {module: n for module, n in lengths.items() if n > 400} == {}
    assert median(n for n in lengths.values() if n > 5) <= 120


def test_every_module_says_what_it_is_for() -> None:
    bare = [m for m in MODULES if ast.get_docstring(tree(m)) is None and tree(m).body]
    assert bare == []
