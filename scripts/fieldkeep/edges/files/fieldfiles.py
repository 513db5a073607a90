"""Reads the field files and schemas of a working tree or of a commit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from errno import ELOOP
from pathlib import Path, PurePosixPath

from fieldkeep.core.fields.load import MAX_BYTES
from fieldkeep.edges.files import input_files, packaged
from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import InputError
from fieldkeep.model import Place, Problem, Source

FIELD_SCHEMA = "field.schema.json"
DOCUMENT_SCHEMA = "document.schema.json"

Read = tuple[tuple[Source, ...], tuple[Problem, ...]]


def fields(folder: Path, shown: str) -> Read:
    """Every field file in ``folder``, which messages call ``shown``. A file that looks like a field
    file but cannot be one is a finding: to ignore it would lose a customization. Raises InputError
    if the folder does not exist."""
    if not input_files.is_folder(folder, shown):
        raise InputError(
            f"{shown}: there is no such folder",
            "run in the project's folder, or name it with -C or --fields; an emptied project"
            " keeps an empty folder",
        )
    return _sorted_out(
        entry if isinstance(entry, Problem) else _read(folder, *entry)
        for entry in _walk(str(folder), shown)
    )


def _sorted_out(files: Iterable[Source | Problem]) -> Read:
    sources: list[Source] = []
    problems: list[Problem] = []
    for file in files:
        if isinstance(file, Source):
            sources.append(file)
        else:
            problems.append(file)
    return tuple(sources), tuple(problems)


def _walk(
    folder: str, shown: str, *, nested: bool = False
) -> Iterator[tuple[str, str, bool] | Problem]:
    """All entries that end in .yaml or .yml, at any depth, sorted; links are not followed. Each
    with how messages call it, and whether it lies in a subfolder."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        message = f"the folder cannot be read: {error.strerror}"
        yield Problem(Place(shown), "file/unreadable", message, "check its rights")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        place = os.path.normpath(f"{shown}/{entry.name}")
        if entry.name.endswith((".yaml", ".yml")):
            yield entry.path, place, nested
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, place, nested=True)


def _read(folder: Path, path: str, shown: str, nested: bool) -> Source | Problem:
    """``path`` is text: a Path for each of 10,000 files takes as long as to read them."""
    where = Place(shown)
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return Problem(where, "file/missing", "there is no such file", "correct the name")
    try:
        if stat.S_ISLNK(mode):
            if not Path(path).resolve(strict=True).is_relative_to(folder.resolve()):
                message = "a link that leads out of the folder"
                return Problem(where, "file/link", message, "put the file itself there")
            mode = os.stat(path).st_mode  # noqa: PTH116 - see above
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            return Problem(where, "file/kind", f"{kind}, not a field file", "move or remove it")
        if misplaced := misfit(shown, nested):
            return misplaced
        with open(path, "rb") as file:  # noqa: PTH123 - see above
            return Source(shown, file.read(MAX_BYTES + 1))
    except FileNotFoundError:
        return Problem(where, "file/link", "a link to nothing", "remove it, or restore its target")
    except (OSError, RuntimeError) as error:
        # a loop of links is a RuntimeError or an ELOOP, depending on the Python version
        if isinstance(error, OSError) and error.errno != ELOOP:
            message = f"cannot be read: {error.strerror}"
            return Problem(where, "file/unreadable", message, "check its rights")
        return Problem(where, "file/link", "a loop of links", "put the file itself there")


def misfit(shown: str, nested: bool) -> Problem | None:
    """The finding for a file that would never be read: ``nested`` in a subfolder, or a .yml."""
    if nested:
        hint = "move it up: one folder holds all fields"
        return Problem(Place(shown), "file/nested", "field files do not lie in subfolders", hint)
    if shown.endswith(".yml"):
        hint = f"rename it to {shown.rsplit('/', 1)[-1].removesuffix('.yml')}.yaml"
        return Problem(Place(shown), "file/ending", "a field file ends in .yaml", hint)
    return None


def named(paths: tuple[Path, ...], here: Path) -> Read:
    """Field files and folders of them; ``paths`` start at ``here``."""
    files: list[Source | Problem] = []
    for path in paths:
        if os.path.isdir(here / path):  # noqa: PTH112 - Path.is_dir raises for some names
            sources, problems = fields(here / path, str(path))
            files += [*sources, *problems]
        else:
            files.append(_read((here / path).parent, str(here / path), str(path), nested=False))
    return _sorted_out(files)


def fields_at(checkout: Checkout, commit: str, folder: str) -> Read:
    """Every field file of ``folder`` at a commit. Raises InputError if there is no such folder."""
    files, links = checkout.folder(commit, folder)
    if not files and not links:
        raise InputError(
            f"{folder}: there is no such folder at {commit[:12]}", "choose another commit"
        )
    sources, problems = [], list(links)
    for source in files:
        name = source.path.rsplit("/", 1)[-1]
        if name.startswith(".") or not name.endswith((".yaml", ".yml")):
            continue
        nested = PurePosixPath(source.path).parent != PurePosixPath(folder)
        if misplaced := misfit(source.path, nested):
            problems.append(misplaced)
        else:
            sources.append(source)
    return tuple(sources), tuple(problems)


def schema(folder: Path, shown: str, name: str) -> Source:
    """The repository's own schema, or the packaged one if it has none. Raises InputError if it
    cannot be read."""
    path = folder / name
    try:
        return Source(f"{shown}/{name}", path.read_bytes())
    except PermissionError as error:
        raise InputError(f"{shown}/{name}: {error.strerror}", "check the file's rights") from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not os.path.lexists(path):
            return packaged.schema(name)
        hint = "restore it from git, or delete it to use the packaged schema"
        raise InputError(f"{shown}/{name}: {error.strerror}", hint) from error


def schema_at(checkout: Checkout, commit: str, folder: str, name: str) -> Source:
    """As ``schema``, at a commit."""
    files, _ = checkout.folder(commit, f"{folder}/{name}")
    return files[0] if files else packaged.schema(name)
