"""Branches that are read, made and pushed without the working tree and the index of the user."""

from __future__ import annotations

import os
import tempfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fieldkeep.core.common.words import first_few
from fieldkeep.core.propose.branch import Commit, signed
from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import Contended, Refused, Unavailable

_FORM: Final = "%H%n%T%n%P%n%at%n%ct%n%an%n%B"
_REMOTE: Final = "remote: "
_MOST_WORDS: Final = 600
_FILE: Final = "100644"
_ALONE: Final = ("--no-follow-tags", "--recurse-submodules=no")  # whatever the settings say


@dataclass(frozen=True, slots=True)
class Login:
    """A token for the server at ``url``, as git sends it: with ``user`` as basic authentication."""

    url: str
    user: str
    token: str = field(repr=False)

    def settings(self) -> tuple[tuple[str, str], ...]:
        """Git's settings. The first takes back a header of the checkout's own: GitHub refuses
        two."""
        name = f"http.{self.url.rstrip('/')}/.extraheader"
        secret = b64encode(f"{self.user}:{self.token}".encode()).decode()
        return (name, ""), (name, f"AUTHORIZATION: basic {secret}")


@dataclass(frozen=True)
class Branches(Checkout):
    """The checkout and its remote ``origin``, with a ``login`` if a token is to be sent there."""

    login: Login | None = None
    index: str = ""

    def environment(self) -> dict[str, str]:
        given = super().environment()
        if self.index:
            given["GIT_INDEX_FILE"] = self.index
        if self.login:  # by the environment: arguments can be read by every process
            first = int(given.get("GIT_CONFIG_COUNT") or 0)
            settings = self.login.settings()
            for number, (name, value) in enumerate(settings, first):
                given[f"GIT_CONFIG_KEY_{number}"], given[f"GIT_CONFIG_VALUE_{number}"] = name, value
            given["GIT_CONFIG_COUNT"] = str(first + len(settings))
        return given

    def said(self, stderr: bytes) -> str:
        text = super().said(stderr)
        return text.replace(self.login.token, "***") if self.login else text

    def remote_urls(self) -> tuple[str, ...]:
        """Where ``origin`` is fetched from, and where it is pushed to. Raises Unavailable."""
        asked = (("ls-remote", "--get-url", "origin"), ("remote", "get-url", "--push", "origin"))
        return tuple(self._run(*arguments).decode().strip() for arguments in asked)

    def fetched(self, *names: str) -> dict[str, str]:
        """Fetch these branches of ``origin``, as far as it has them: the commit of each. Raises
        Unavailable."""
        refs = {f"refs/heads/{name}": name for name in names}
        rows = self._run("ls-remote", "origin", *refs).decode().splitlines()
        known = (row.split("\t") for row in rows)
        found = {refs[ref]: commit for commit, ref in known if ref in refs}  # it matches ends
        if found:
            wanted = (f"+refs/heads/{name}:refs/remotes/origin/{name}" for name in found)
            self._run("fetch", "--quiet", "--no-tags", "origin", *wanted)
        return {name: self.resolve(f"refs/remotes/origin/{name}") for name in found}

    def known(self, ref: str) -> str | None:
        """The commit of a ref of this clone; None if there is no such ref. Raises Unavailable."""
        asked = ("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return self._run(*asked, allow=(1,)).decode().strip() or None  # 1: there is none

    def commits(self, base: str, tip: str) -> tuple[Commit, ...]:
        """Those of ``tip`` that ``base`` lacks, newest first."""
        rows = self._run(
            "log",
            "-z",
            "--no-show-signature",
            "--topo-order",
            f"--format={_FORM}",
            f"{base}..{tip}",
        )
        return tuple(map(_commit, rows.decode("utf-8", "replace").split("\0")[:-1]))

    def differ(self, old: str, new: str, paths: Sequence[str]) -> bool:
        """Whether any of these files below the project's folder differs between two commits."""
        literal = (f":(literal){path}" for path in paths)
        return not self._succeeds("diff", "--quiet", old, new, "--", *literal, allow=(1,))

    def prefix(self) -> str:
        """The project's folder in the repository, with a slash at its end; '' at its top."""
        return os.fsdecode(self._run("rev-parse", "--show-prefix").removesuffix(b"\n"))

    def with_files(self, start: str, files: Mapping[str, bytes], message: str) -> str:
        """A new commit after ``start``, in which these files below the project's folder have this
        content."""
        prefix = self.prefix()
        with tempfile.TemporaryDirectory(prefix="fieldkeep-") as folder:
            apart = Branches(self.root, None, str(Path(folder, "index")))
            apart._run("read-tree", start)
            for path, content in files.items():
                blob = apart._run("hash-object", "-w", "--stdin", stdin=content).decode().strip()
                whole = f"{prefix}{path}"
                row = apart._run(
                    "ls-files", "--stage", "--full-name", "--", f":(top,literal){whole}"
                )
                mode = row.decode().split(" ")[0] or _FILE
                apart._run("update-index", "--add", "--cacheinfo", f"{mode},{blob},{whole}")
            tree = apart._run("write-tree").decode().strip()
        sign = ("-S",) if self._answer("config", "--type=bool", "commit.gpgsign") == "true" else ()
        text = signed(message, tree).encode()
        made = self._run("commit-tree", tree, "-p", start, *sign, stdin=text)
        return made.decode().strip()

    def set_branch(self, name: str, commit: str, expected: str | None) -> None:
        """Let a local branch be at a commit, if it is at ``expected`` (None: if there is none).
        Raises Refused if it is checked out, Contended if it has moved, Unavailable."""
        ref = f"refs/heads/{name}"
        place = os.fsdecode(self._run("for-each-ref", "--format=%(worktreepath)", ref)).strip()
        if place:
            raise Refused(
                f"the branch {name} is checked out in {place}: nothing was committed",
                "switch to another branch there",
            )
        old = expected or "0" * len(commit)
        command = ("update-ref", "-m", "fieldkeep propose", ref, commit, old)
        done = self._completed(command, allow=(1, 128))
        if not done.returncode:
            return
        if self.known(ref) != expected:
            raise Contended(f"the branch {name} moved meanwhile: it was left alone", "run it again")
        hint = "name another --branch, unless the clone itself cannot be written"
        raise Unavailable(f"the branch {name} cannot be made: {self.said(done.stderr)}", hint)

    def push(self, commit: str, name: str, expected: str | None, way_out: str) -> None:
        """Let the branch of ``origin`` be at a commit, if it is at ``expected`` (None: if there is
        none). Raises Refused with the server's words and the ``way_out`` if it refuses, Contended
        if the branch has moved, Unavailable."""
        ref = f"refs/heads/{name}"
        lease = f"--force-with-lease={ref}:{expected or ''}"
        done = self._completed(
            ("push", "--porcelain", *_ALONE, lease, "origin", f"{commit}:{ref}"), allow=(1, 128)
        )
        if not done.returncode:
            return
        words = _own_words(self.said(done.stderr))
        rows = done.stdout.decode("utf-8", "replace").splitlines()
        reason = next((row.split("\t")[-1] for row in rows if row.startswith("!")), "")
        if reason.startswith("[rejected]"):
            raise Contended(
                f"the branch {name} of origin moved meanwhile: nothing was pushed", "run it again"
            )
        if not reason.startswith("[remote rejected]"):
            hint = "check that origin can be reached, and that the token, or your key, may push"
            raise Unavailable(f"git push: {words or reason or 'no reason given'}", hint)
        why = words or reason.removeprefix("[remote rejected] ").strip("()")
        raise Refused(f"origin refused the branch {name}: {why}", way_out)


def _commit(row: str) -> Commit:
    name, tree, parents, authored, committed, author, message = row.split("\n", 6)
    times = int(authored), int(committed)
    return Commit(name, tree, tuple(parents.split()), *times, author, message)


def _own_words(stderr: str) -> str:
    """The server's part of what git prints, or all of it if a hook of this clone refused."""
    lines = [line.strip() for line in stderr.splitlines()]
    remote = [line.removeprefix(_REMOTE).strip() for line in lines if line.startswith(_REMOTE)]
    own = [line for line in lines if not line.startswith(("error: failed to push", "To "))]
    return first_few(list(filter(None, remote or own)), 10, " / ")[:_MOST_WORDS]
