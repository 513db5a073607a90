"""Branches made and pushed beside the working tree, and the token on its way to the server."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fieldkeep.edges.files.branches import Branches, Login
from fieldkeep.errors import Contended, Refused, Unavailable
from tests.edges.files.test_git import commit, run

TOKEN = "ghs_0123456789"


@pytest.fixture(autouse=True)
def _nobodys_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for part in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{part}_NAME", "We")
        monkeypatch.setenv(f"GIT_{part}_EMAIL", "we@example.org")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder of a repository, with an origin."""
    project = tmp_path / "top" / "monitoring of ours"
    (project / "fields").mkdir(parents=True)
    run(tmp_path / "top", "init", "--quiet", "--initial-branch", "main")
    for name in ("company", "site"):
        (project / "fields" / f"{name}.yaml").write_text(f"name: {name}\r\n", "utf-8", newline="")
    (project / "fields" / "site.yaml").chmod(0o755)
    commit(project)
    run(tmp_path, "clone", "--quiet", "--bare", "top", "origin.git")
    run(project, "remote", "add", "origin", str(tmp_path / "origin.git"))
    return project


def test_a_commit_is_made_beside_what_is_checked_out(project: Path) -> None:
    run(project, "config", "core.autocrlf", "input")
    (project / "fields" / "company.yaml").unlink()
    before = run(project, "status", "--porcelain")
    git = Branches(project)
    first = run(project, "rev-parse", "HEAD")
    files = {"fields/site.yaml": b"name: site\r\ntype: string\r\n", "fields/[a].yaml": b"new\n"}
    made = git.with_files(first, files, "Take it")
    assert (run(project, "status", "--porcelain"), run(project, "rev-parse", "HEAD")) == (
        before,
        first,
    )
    rows = run(project, "diff-tree", "-r", "--full-index", first, made).splitlines()
    assert [row.split("\t")[1] for row in rows] == [
        "monitoring of ours/fields/[a].yaml",
        "monitoring of ours/fields/site.yaml",
    ]
    assert rows[1].startswith(":100755 100755 ")
    assert git.blob(f"{made}:monitoring of ours/fields/site.yaml") == files["fields/site.yaml"]
    (known,) = git.commits(first, made)
    assert (known.name, known.author, known.is_ours) == (made, "We", True)


def test_a_branch_that_moved_is_not_pushed_over(project: Path) -> None:
    git = Branches(project)
    first = run(project, "rev-parse", "HEAD")
    ours, theirs = (git.with_files(first, {"a": text}, "x") for text in (b"1", b"2"))
    git.push(theirs, "b", None, "")
    for expected in (None, first):
        with pytest.raises(Contended, match="moved meanwhile: nothing was pushed"):
            git.push(ours, "b", expected, "")
    assert git.fetched("main", "b", "none") == {"main": first, "b": theirs}
    git.push(ours, "b", theirs, "")
    git.set_branch("b", ours, None)
    for expected in (None, first):
        with pytest.raises(Contended, match="the branch b moved meanwhile: it was left alone"):
            git.set_branch("b", theirs, expected)
    with pytest.raises(Unavailable, match=r"b/c cannot be made: .*'refs/heads/b' exists"):
        git.set_branch("b/c", ours, None)
    run(project, "checkout", "--quiet", "b")
    with pytest.raises(Refused, match="is checked out in"):
        git.set_branch("b", theirs, ours)
    assert run(project, "rev-parse", "b") == ours


@pytest.fixture
def server() -> Iterator[tuple[str, list[list[str]]]]:
    """A server that lets nobody in, and what each request said of who it is."""
    seen: list[list[str]] = []

    class Closed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get_all("Authorization") or [])
            self.send_error(403, f"not for {TOKEN}")

        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Closed)
    thread = threading.Thread(target=served.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{served.server_address[1]}", seen
    served.shutdown()
    served.server_close()
    thread.join()


def test_a_token_goes_to_its_own_server_alone(
    project: Path, server: tuple[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = server
    run(project, "remote", "set-url", "origin", f"{url}/acme/fields")
    run(project, "config", f"http.{url}/.extraheader", "AUTHORIZATION: basic old")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Somebody")
    own = Branches(project, Login(url, "x-access-token", TOKEN))
    with pytest.raises(Unavailable) as failed:
        own.fetched("main")
    assert TOKEN not in str(failed.value)
    assert TOKEN not in repr(own)
    assert own.user() == "Somebody"
    (said,) = seen.pop()
    kind, _, secret = said.partition(" ")
    assert (kind, base64.b64decode(secret).decode()) == ("basic", f"x-access-token:{TOKEN}")

    run(project, "config", "--unset", f"http.{url}/.extraheader")
    with pytest.raises(Unavailable):
        Branches(project, Login("https://github.com", "x-access-token", TOKEN)).fetched("main")
    assert seen == [[]]


def test_a_git_that_fails_is_not_taken_for_a_branch_that_is_not_there(project: Path) -> None:
    git = Branches(project)
    assert git.known("refs/heads/other") is None
    (project.parent / ".git" / "HEAD").write_text("nonsense\n", "utf-8")
    with pytest.raises(Unavailable):
        git.known("refs/heads/other")
    with pytest.raises(Unavailable):
        git.set_branch("other", "0" * 40, None)
