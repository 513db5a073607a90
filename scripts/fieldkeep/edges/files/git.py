"""git, through its command line: what is committed, who commits, and how commits relate."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fieldkeep.errors import InputError, Refused, Unavailable, UsageError
from fieldkeep.model import Place, Problem, Source

if TYPE_CHECKING:
    import subprocess

_SECONDS = 60
# Variables by which a hook's git tells its children which repository it means; the project's folder
# tells ours. `git rev-parse --local-env-vars` lists them, and a person's configuration besides.
_OF_ANOTHER_REPOSITORY = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
_DUBIOUS = re.compile(r"dubious ownership in repository at '([^']*)'")  # the clone's top level
_PASSWORD = re.compile(r"://[^/@\s]*@")  # of a remote, before its host
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Logged:
    """A commit of the log. ``at`` is its author's time (ISO 8601), ``files`` the paths that it
    changed, relative to the root, with git's letter: A, M or D."""

    sha: str
    author: str
    at: str
    subject: str
    files: Mapping[str, str]
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout; ``root`` is the project's folder, which may lie below its top level."""

    root: Path

    def top(self) -> Path:
        """The folder that the whole checkout is in."""
        return Path(os.fsdecode(self._run("rev-parse", "--show-toplevel").removesuffix(b"\n")))

    def files(self) -> tuple[str, ...]:
        """The files below the root that git knows or would add, relative to it."""
        rows = self._run("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        return tuple(os.fsdecode(row) for row in rows.split(b"\0") if row)

    def commit_of_tag(self, url: str, tag: str) -> str | None:
        """The commit that a repository's tag names; None if it has no such tag. Raises Unavailable
        if it cannot be asked."""
        rows = self._run(
            "ls-remote", "--tags", "--", url, f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}"
        )
        commits = [row.split("\t")[0] for row in rows.decode().splitlines()]
        return commits[-1] if commits else None  # of a signed tag, the commit comes last

    def head(self) -> str | None:
        """The commit that is checked out, or None before the first commit."""
        answer = self._run("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allow=(1,))
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
            return True  # a file outside of the project is in no commit of it
        return bool(self._run("status", "--porcelain", "-z", "--", *map(str, paths)))

    def shallow(self) -> bool:
        """Whether this clone lacks older commits."""
        return self._run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def changed(self, paths: Sequence[Path] = ()) -> tuple[str, ...]:
        """The files under these paths (all files, if none) that differ from HEAD, relative to git's
        top level."""
        rows = self._run("status", "--porcelain", "--no-renames", "-z", "--", *map(str, paths))
        return tuple(row[3:] for row in rows.decode("utf-8", "replace").split("\0") if row)

    def fetch(self) -> None:
        """Fetch the branches of ``origin``. Raises Unavailable."""
        self._run("fetch", "--quiet", "origin")

    def log(self, path: Path) -> Iterator[Logged]:
        """The commits that changed files below ``path``, newest first; merges are left out, for
        they change what another commit changed. In a shallow clone the oldest one looks as if it
        had added every file, and is ``cut_off``."""
        if not self._run("rev-parse", "--verify", "--quiet", "HEAD", allow=(1,)):
            return  # there is no commit yet
        shallow = self.shallow()
        form = "--format=format:%H%x00%P%x00%an%x00%aI%x00%s"
        how = ("-z", "--no-color", "--no-show-signature", "--no-merges", "--encoding=UTF-8")
        names = ("--name-status", "--no-renames", "--relative")
        rows = self._run("log", *how, *names, form, "HEAD", "--", str(path))
        parts = iter(rows.decode("utf-8", "replace").split("\0"))
        for sha in filter(_COMMIT.fullmatch, parts):
            parents, author, at, rest = (next(parts, "") for _ in range(4))
            subject, _, letter = rest.partition("\n")
            files: dict[str, str] = {}
            while letter:  # an empty one ends the commit
                files[next(parts, "")] = letter
                letter = next(parts, "")
            yield Logged(sha, author, at, subject, files, cut_off=shallow and not parents)

    def must_be_free(self, branch: str) -> None:
        """Raises UsageError if ``branch`` is not a valid name, Refused if the branch exists."""
        self.must_be_a_name(branch)
        if self._succeeds(
            "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}", allow=(1, 128)
        ):
            raise Refused(f"there is a branch '{branch}' already", "choose another name")

    def must_be_a_name(self, branch: str) -> None:
        """Raises UsageError if no branch can be called so."""
        if not self._succeeds("check-ref-format", "--branch", branch, allow=(128,)):
            raise UsageError(f"'{branch}' can not be a branch's name", "for example adopt/portal")

    def branch(self, name: str) -> None:
        """Create a branch and switch to it; files stay as they are. A post-checkout hook runs."""
        self._run("checkout", "--quiet", "-b", name)

    def identity(self) -> None:
        """Raises Refused if git knows no name and address for a commit."""
        if not self._succeeds("var", "GIT_AUTHOR_IDENT", allow=(128,)):
            hint = "`git config user.name` and `git config user.email` set it"
            raise Refused("git does not know who you are: nothing was written", hint)

    def commit(self, paths: Sequence[Path], message: str) -> str:
        """Commit these files and nothing else, and return the new commit. The user's commit hooks
        run, as for any other commit; if one refuses, this raises Unavailable."""
        self._run("add", "--", *map(str, paths))
        self._run("commit", "--quiet", "--message", message, "--", *map(str, paths))
        return self.head() or ""

    def is_ancestor(self, old: str, new: str) -> bool | None:
        """Whether ``new`` contains ``old``; None if this clone does not have ``old``."""
        if not _COMMIT.fullmatch(old):  # from the store: git must not take it for an option
            return None
        if not self._succeeds("cat-file", "-e", f"{old}^{{commit}}", allow=(1, 128)):
            return None
        return self._succeeds("merge-base", "--is-ancestor", old, new, allow=(1,))

    def current_branch(self) -> str | None:
        """The branch that is checked out; None where a commit is."""
        return self._answer("symbolic-ref", "--quiet", "--short", "HEAD")

    def remote_main(self, branch: str | None) -> str | None:
        """The fetched copy of a branch of ``origin``, for example ``origin/main``; without a
        ``branch``, of the one that origin has checked out, as far as the clone knows. None if there
        is no copy."""
        if branch:
            candidates = [f"origin/{branch}"]
        else:
            head = self._answer("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
            candidates = [head] if head else ["origin/main", "origin/master"]
        for name in candidates:
            if self._answer("rev-parse", "--verify", "--quiet", f"refs/remotes/{name}"):
                return name
        return None

    def behind(self, commit: str, remote: str) -> int:
        """How many commits of the fetched copy ``remote`` a commit lacks."""
        return int(self._run("rev-list", "--count", f"{commit}..refs/remotes/{remote}"))

    def contains(self, remote: str, commit: str) -> bool:
        """Whether the fetched copy ``remote`` contains a commit."""
        return self._succeeds(
            "merge-base", "--is-ancestor", commit, f"refs/remotes/{remote}", allow=(1,)
        )

    def _answer(self, *arguments: str) -> str | None:
        return self._run(*arguments, allow=(1, 128)).decode("utf-8", "replace").strip() or None

    def origin(self) -> str | None:
        """The remote ``origin`` as host/path, without protocol and user."""
        url = self._run("remote", "get-url", "origin", allow=(1, 2, 128)).decode().strip()
        return normal_origin(url) if url else None

    def user(self) -> str | None:
        return self._run("config", "user.name", allow=(1,)).decode().strip() or None

    def folder(self, commit: str, folder: str) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
        """The files below ``folder`` (relative to the root) at a commit, without a checkout; and a
        finding for each field file or schema that is a link or a submodule there."""
        files: list[tuple[str, str]] = []
        problems = []
        for path, sha in self._entries(commit, folder):
            if sha is not None:
                files.append((path, sha))
            elif path.endswith((".yaml", ".yml", ".json")):
                message = f"not a file at {commit[:12]} but a link or a submodule"
                hint = "put the file itself there"
                problems.append(Problem(Place(path), "file/link", message, hint))
        contents = self._blobs([sha for _, sha in files])
        sources = map(Source, (path for path, _ in files), contents)
        return tuple(sources), tuple(problems)

    def names(self, commit: str) -> tuple[tuple[str, str], ...]:
        """The path and the object name of each regular file of a commit below the root."""
        return tuple((path, sha) for path, sha in self._entries(commit, "") if sha is not None)

    def _entries(self, commit: str, folder: str) -> Iterator[tuple[str, str | None]]:
        """The path (relative to the root) of each entry below ``folder``, and its object name; None
        for a link or a submodule."""
        prefix = self._run("rev-parse", "--show-prefix").decode().strip()
        below = f"{prefix}{folder}" or "."
        rows = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", below)
        for row in rows.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            about, path = row.split("\t", 1)
            mode, kind, sha = about.split()
            is_file = kind == "blob" and mode != "120000"
            yield path.removeprefix(prefix), sha if is_file else None

    def blob(self, name: str) -> bytes:
        """The content of one object."""
        return self._blobs([name])[0]

    def _blobs(self, names: Sequence[str]) -> list[bytes]:
        """The contents of many blobs in one call. For each, git prints `NAME blob SIZE`, a line
        feed, the bytes and a line feed (https://git-scm.com/docs/git-cat-file#_batch_output)."""
        answer = self._run("cat-file", "--batch", stdin="\n".join(names).encode())
        contents, at = [], 0
        for _ in names:
            end = answer.index(b"\n", at)
            size = int(answer[at:end].split()[2])
            contents.append(answer[end + 1 : end + 1 + size])
            at = end + 1 + size + 1
        return contents

    def _run(self, *arguments: str, allow: tuple[int, ...] = (), stdin: bytes = b"") -> bytes:
        """The output. Raises Unavailable for an exit code other than 0 and those of ``allow``."""
        return self._completed(arguments, allow, stdin).stdout

    def _succeeds(self, *arguments: str, allow: tuple[int, ...]) -> bool:
        """Whether git exits with 0. Raises Unavailable for any other code that is not allowed."""
        return self._completed(arguments, allow).returncode == 0

    def _completed(
        self, arguments: Sequence[str], allow: tuple[int, ...], stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        import subprocess

        command = ["git", "--no-pager", "-C", str(self.root), *arguments]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                env=self.environment(),
                input=stdin,
            )
        except FileNotFoundError as error:
            raise Unavailable("git is not installed", "install git") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"git {arguments[0]}: {type(error).__name__}", "try again") from error
        message = self.said(done.stderr) if done.returncode else ""
        dubious = _DUBIOUS.search(message)
        if (done.returncode and done.returncode not in allow) or dubious:
            hint = "run the same command by hand in the checkout"
            if dubious:
                hint = f"git config --global --add safe.directory {dubious[1]}"
            reason = message.splitlines()[0] if message else f"exit code {done.returncode}"
            raise Unavailable(f"git {arguments[0]}: {reason}", hint)
        return done

    def environment(self) -> dict[str, str]:
        """No pager and no prompt may wait for a person, `status` must not write the index, and
        messages are in English. Hooks of the repository run, where git runs any."""
        return {
            **{k: v for k, v in os.environ.items() if k not in _OF_ANOTHER_REPOSITORY},
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "LC_ALL": "C",
        }

    def said(self, stderr: bytes) -> str:
        """What git said of a failure, without the passwords of addresses."""
        return _PASSWORD.sub("://", stderr.decode("utf-8", "replace").strip())


@dataclass(frozen=True)
class Remembered(Checkout):
    """A checkout that asks git each question once: for many decisions about one state of it."""

    answers: dict[tuple[object, ...], subprocess.CompletedProcess[bytes]] = field(
        default_factory=dict, compare=False
    )

    def _completed(
        self, arguments: Sequence[str], allow: tuple[int, ...], stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        question = (*arguments, allow, stdin)
        if question not in self.answers:
            self.answers[question] = super()._completed(arguments, allow, stdin)
        return self.answers[question]


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
