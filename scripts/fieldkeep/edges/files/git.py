"""git, asked through its command: what is committed, who we are, and how commits relate."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fieldkeep.errors import InputError, Refused, Unavailable, UsageError
from fieldkeep.model import Place, Problem, Source

_SECONDS = 60
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout; ``root`` is the project's folder, which may lie below its top level."""

    root: Path

    def head(self) -> str | None:
        """The commit that is checked out, or None before the first one."""
        answer = self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allow=(1, 128))
        return answer.decode().strip() or None

    def resolve(self, ref: str) -> str:
        """The commit that ``ref`` names. Raises InputError if there is none."""
        arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        commit = self._run(*arguments, allow=(1, 128)).decode().strip()
        if not _COMMIT.fullmatch(commit):  # "a..b" is two lines, and an error beside them
            raise InputError(
                f"'{ref}' is no commit of this repository",
                "`git log --oneline` lists them; in a shallow clone, fetch the whole history first",
            )
        return commit

    def dirty(self, paths: Sequence[Path]) -> bool:
        """Whether anything under these folders differs from HEAD, untracked files included."""
        if not all(path.is_relative_to(self.root) for path in paths):
            return True  # nobody can say of files outside that a commit holds them
        listed = self._run("status", "--porcelain", "-z", "--", *map(str, paths))
        return bool(listed)

    def shallow(self) -> bool:
        """Whether this clone lacks older commits."""
        return self._run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def changed(self, paths: Sequence[Path] = ()) -> tuple[str, ...]:
        """What differs from HEAD under these paths (everything, if none), from git's top level."""
        listed = self._run("status", "--porcelain", "--no-renames", "-z", "--", *map(str, paths))
        return tuple(row[3:] for row in listed.decode("utf-8", "replace").split("\0") if row)

    def must_be_free(self, branch: str) -> None:
        """Raises UsageError for what is no branch's name, Refused if there is one."""
        if self._run("check-ref-format", "--branch", branch, allow=(128,), code=True) != b"0":
            raise UsageError(f"'{branch}' can not be a branch's name", "for example adopt/portal")
        ref = ("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        if self._run(*ref, allow=(1, 128), code=True) == b"0":
            raise Refused(f"there is a branch '{branch}' already", "choose another name")

    def branch(self, name: str) -> None:
        """Make a branch and go there; files stay as they are."""
        self._run("checkout", "--quiet", "-b", name)

    def identity(self) -> None:
        """Raises Refused if git does not know who would commit."""
        if self._run("var", "GIT_AUTHOR_IDENT", allow=(128,), code=True) != b"0":
            hint = "`git config user.name` and `git config user.email` set it"
            raise Refused("git does not know who you are: nothing was written", hint)

    def commit(self, paths: Sequence[Path], message: str) -> str:
        """These files, and nothing else, as a commit."""
        self._run("add", "--", *map(str, paths))
        self._run("commit", "--quiet", "--message", message, "--", *map(str, paths))
        return self.head() or ""

    def is_ancestor(self, old: str, new: str) -> bool | None:
        """Whether ``new`` contains ``old``; None if this clone does not know ``old``."""
        if not _COMMIT.fullmatch(
            old
        ):  # it comes from the store: it must not be taken for an option
            return None
        known = self._run("cat-file", "-e", f"{old}^{{commit}}", allow=(1, 128), code=True)
        if known != b"0":
            return None
        return self._run("merge-base", "--is-ancestor", old, new, allow=(1,), code=True) == b"0"

    def origin(self) -> str | None:
        """The remote ``origin`` as host/path, whatever protocol and user it is reached with."""
        url = self._run("remote", "get-url", "origin", allow=(1, 2, 128)).decode().strip()
        return normal_origin(url) if url else None

    def user(self) -> str | None:
        return self._run("config", "user.name", allow=(1,)).decode().strip() or None

    def folder(self, commit: str, folder: str) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
        """The files below ``folder`` (relative to the root) at a commit, without a checkout."""
        prefix = self._run("rev-parse", "--show-prefix").decode().strip()
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{prefix}{folder}")
        wanted, problems = [], []
        for row in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, path = row.split("\t", 1)
            mode, kind, sha = about.split()
            shown = path.removeprefix(prefix)
            if kind == "blob" and mode != "120000":
                wanted.append((shown, sha))
            elif shown.endswith((".yaml", ".yml", ".json")):
                problems.append(
                    Problem(
                        Place(shown),
                        "file/link",
                        f"not a file at {commit[:12]} but a link or a submodule",
                        "put the file itself there",
                    )
                )
        contents = self._blobs([sha for _, sha in wanted])
        sources = (
            Source(path, content) for (path, _), content in zip(wanted, contents, strict=True)
        )
        return tuple(sources), tuple(problems)

    def names(self, commit: str) -> tuple[tuple[str, str], ...]:
        """The regular files of a commit below the root: path and object name."""
        prefix = self._run("rev-parse", "--show-prefix").decode().strip()
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", f"./{prefix}")
        found = []
        for row in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, path = row.split("\t", 1)
            mode, kind, sha = about.split()
            if kind == "blob" and mode != "120000":
                found.append((path.removeprefix(prefix), sha))
        return tuple(found)

    def blob(self, name: str) -> bytes:
        """The contents of one object."""
        return self._blobs([name])[0]

    def _blobs(self, names: Sequence[str]) -> list[bytes]:
        """The contents of many blobs in one call. git answers `NAME blob SIZE`, a line feed, the
        bytes, and one more line feed."""
        answer = self._run("cat-file", "--batch", stdin="\n".join(names).encode())
        contents, at = [], 0
        for _ in names:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[2])
            contents.append(answer[end + 1 : end + 1 + size])
            at = end + 1 + size + 1
        return contents

    def _run(
        self, *arguments: str, allow: tuple[int, ...] = (), code: bool = False, stdin: bytes = b""
    ) -> bytes:
        # Hooks, pagers and prompts of the user's configuration must not act in a pipeline.
        environment = {
            **os.environ,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }
        command = ["git", "--no-pager", "-C", str(self.root), *arguments]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                env=environment,
                input=stdin,
            )
        except FileNotFoundError as error:
            raise Unavailable("git is not installed", "install git") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"git {arguments[0]}: {type(error).__name__}", "try again") from error
        if done.returncode != 0 and done.returncode not in allow:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            hint = "run the same command by hand in the checkout"
            if "dubious ownership" in done.stderr.decode("utf-8", "replace"):
                hint = f"git config --global --add safe.directory {self.root}"
            last = said[0] if said else f"exit code {done.returncode}"
            raise Unavailable(f"git {arguments[0]}: {last}", hint)
        return str(done.returncode).encode() if code else done.stdout


def find(start: Path) -> Checkout | None:
    """The checkout that ``start`` lies in, or None outside of git."""
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return Checkout(start)
    return None


def normal_origin(url: str) -> str:
    """``git@host:org/repo.git`` and ``https://user:secret@host/org/repo`` -> ``host/org/repo``."""
    if "://" in url:
        parts = urlsplit(url)
        host, path = parts.hostname or "file", parts.path
    elif ":" in url and "/" not in url.split(":", 1)[0]:
        before, path = url.split(":", 1)
        host = before.rsplit("@", 1)[-1].lower()
    else:
        host, path = "file", url
    return f"{host}/{path.strip('/').removesuffix('.git')}"
