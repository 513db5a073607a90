"""Files that appear complete or not at all, and that replace nothing but what they may."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fieldkeep.errors import Refused, Unavailable, UsageError


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` is what the file held when it was read; None: there was no such file."""

    path: Path
    before: bytes | None
    after: bytes


def save(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """The paths of new files in ``folder``, which is made if it does not exist. Existing files are
    never overwritten; on a failure those already created are removed. Raises Unavailable."""
    saved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            _create(folder / name, content)
            saved.append(folder / name)
    except FileExistsError as error:
        discard(saved)
        raise Unavailable(
            f"{error.filename2 or error.filename}: is there already, and is not written over",
            "move it away, or name another folder; nothing was written to the store",
        ) from error
    except OSError as error:
        discard(saved)
        raise Unavailable(
            f"{folder}: the copy cannot be written: {error.strerror}",
            "check the folder's rights and free space; nothing was written to the store",
        ) from error
    return tuple(saved)


def create(path: Path, content: bytes) -> bool:
    """Write a new file, and the folders that it needs. False if there is something of its name:
    that stays as it is. Raises Unavailable."""
    if os.path.lexists(path):
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, content)
    except OSError as error:
        hint = "check the folder's rights and free space, then run it again"
        raise Unavailable(f"{path}: cannot be written: {error.strerror}", hint) from error
    return True


def put(
    path: Path, shown: str, content: bytes, ours: Callable[[bytes], bool], kind: str = "plan"
) -> None:
    """Write ``content``, a ``kind`` of file; an existing one is replaced only if it is ``ours``.
    Raises UsageError if it is not, Unavailable if the file cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path) and not (path.is_file() and ours(path.read_bytes())):
            raise UsageError(
                f"{shown}: is there already, is no {kind}, and is not written over",
                "move it away, or name another file",
            )
        with _complete(path, content, _new_mode()) as temporary:
            temporary.replace(path)
    except OSError as error:
        hint = "check the folder's rights and free space"
        raise Unavailable(f"{shown}: cannot be written: {error.strerror}", hint) from error


def held(path: Path) -> bytes | None:
    """What a file holds; None if there is no such file. Raises Unavailable."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        hint = "check the file's rights"
        raise Unavailable(f"{path}: cannot be read: {error.strerror}", hint) from error


def replace_all(changes: Iterable[Change]) -> None:
    """Write every content to a temporary file first, then move one after the other into place. Each
    file is complete at every moment; if a move fails, those before it have been made.

    Raises Refused if a file changed since it was read (nothing was written then), Unavailable if
    one cannot be written.
    """
    try:
        with ExitStack() as stack:
            moves: list[tuple[Path, Path]] = []
            targets = [(change, change.path.resolve()) for change in changes]  # links stay links
            for change, target in targets:
                target.parent.mkdir(parents=True, exist_ok=True)
                mode = target.stat().st_mode & 0o7777 if target.exists() else _new_mode()
                moves.append((stack.enter_context(_complete(target, change.after, mode)), target))
            for folder in sorted({target.parent for _, target in targets}):
                stack.enter_context(_alone(folder))
            for change, target in targets:
                if change.before != (target.read_bytes() if target.exists() else None):
                    raise Refused(
                        f"{change.path}: changed since it was read; nothing was written",
                        "run it again",
                    )
            for temporary, target in moves:
                temporary.replace(target)
    except OSError as error:
        hint = "check the folder's rights and free space; `git status` shows what was written"
        raise Unavailable(f"{error.filename}: {error.strerror}", hint) from error


def move(old: Path, before: bytes, new: Path, after: bytes) -> None:
    """Write a new file, then remove the old one: at no moment is there none. Raises Refused if
    there is something of the new name, or if the old file no longer holds ``before``; Unavailable.
    """
    with _alone(old.parent):
        if not create(new, after):
            raise Refused(f"{new}: is there now; it was left alone", "run it again")
        if held(old) != before:
            discard([new])
            raise Refused(f"{old}: changed since it was read; nothing was renamed", "run it again")
        try:
            old.unlink()
        except OSError as error:
            raise Unavailable(
                f"{old}: cannot be removed: {error.strerror}; {new} is written",
                "remove one of the two by hand",
            ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other fieldkeep is between its look at a file of this folder and its write: it waits."""
    import fcntl

    number = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def discard(paths: Sequence[Path]) -> None:
    """Remove files that ``save`` has made."""
    for path in paths:
        path.unlink(missing_ok=True)


def _create(path: Path, content: bytes) -> None:
    """A link, unlike a rename, fails if the name is taken. Raises FileExistsError, OSError."""
    with _complete(path, content, _new_mode()) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError as error:  # a file system without hard links
            if os.path.lexists(path):
                taken = os.strerror(errno.EEXIST)
                raise FileExistsError(errno.EEXIST, taken, str(path)) from error
            temporary.rename(path)


@contextmanager
def _complete(path: Path, content: bytes, mode: int) -> Iterator[Path]:
    """A temporary file with all of the content, on disk, in the folder of ``path``; removed at the
    end unless it was moved. The leading dot keeps it from being read as a field file."""
    import tempfile

    number, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(number)
                os.fchmod(number, mode)
        except OSError as error:  # of a full disk, it names no file
            error.filename = str(path)
            raise
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _new_mode() -> int:
    """The mode that the umask gives a new file. The umask can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
