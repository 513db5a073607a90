"""git, asked through its own command: refs, changes, ancestry, and folders without a checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from fieldkeep.edges.files import git
from fieldkeep.edges.files.git import Checkout, normal_origin
from fieldkeep.errors import InputError, Unavailable

WHO = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")


@pytest.fixture(autouse=True)
def _nobodys_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *WHO, "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def commit(folder: Path, message: str = "change") -> str:
    run(folder, "add", "--all")
    run(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return run(folder, "rev-parse", "HEAD")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "top"
    folder.mkdir()
    run(folder, "init", "--quiet", "--initial-branch", "main")
    return folder


def test_outside_of_git_there_is_no_checkout(tmp_path: Path) -> None:
    assert git.find(tmp_path) is None


def test_a_checkout_is_found_from_below(top: Path) -> None:
    (top / "a" / "b").mkdir(parents=True)
    assert git.find(top / "a" / "b") == Checkout(top / "a" / "b")
    assert git.find(top) == Checkout(top)


def test_a_worktree_is_a_checkout(top: Path, tmp_path: Path) -> None:
    first = commit(top)
    run(top, "worktree", "add", "--quiet", str(tmp_path / "other"))
    found = git.find(tmp_path / "other")
    assert found is not None
    assert found.head() == first


def test_before_the_first_commit_there_is_no_head(top: Path) -> None:
    assert Checkout(top).head() is None
    with pytest.raises(InputError):
        Checkout(top).resolve("main")


def test_the_git_of_a_hook_does_not_say_where_ours_looks(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = top / "monitoring"
    project.mkdir()
    (project / "a.yaml").write_text("a", "utf-8")
    first = commit(top)
    other = tmp_path / "other"
    run(tmp_path, "init", "--quiet", str(other))
    commit(other, "another")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    monkeypatch.setenv("GIT_PREFIX", "elsewhere/")
    checkout = Checkout(project)
    assert checkout.head() == first
    assert not checkout.dirty([project])
    assert checkout.names(first)[0][0] == "a.yaml"


def test_a_clone_of_another_user_is_no_clone_without_commits(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(top)
    below = top / "below"
    below.mkdir()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for ask in (Checkout(below).head, Checkout(below).origin, lambda: Checkout(below).resolve("x")):
        with pytest.raises(Unavailable, match="dubious ownership") as raised:
            ask()
        assert raised.value.hint == f"git config --global --add safe.directory {top}"


def test_a_broken_clone_is_no_clone_without_commits(top: Path) -> None:
    (top / ".git" / "config").write_text("[x", "utf-8")
    with pytest.raises(Unavailable, match="bad config line"):
        Checkout(top).head()


# --------------------------------------------------------------------------- refs


def test_a_ref_of_any_form_is_its_commit(top: Path) -> None:
    first, second = commit(top, "one"), commit(top, "two")
    run(top, "tag", "light", first)
    run(top, "tag", "--annotate", "--message", "x", "heavy", first)
    run(top, "branch", "feature/ü", first)
    checkout = Checkout(top)
    assert checkout.head() == second
    assert checkout.resolve("main") == second
    for ref in ("HEAD~1", "light", "heavy", "feature/ü", first, first[:8], "main^", "@~1"):
        assert checkout.resolve(ref) == first


@pytest.mark.parametrize(
    "ref",
    ["nothing", "", "HEAD~7", "0" * 40, "--all", "-h", "HEAD:file", "a b", "\n", "main..main"],
)
def test_what_is_no_commit_is_said(top: Path, ref: str) -> None:
    (top / "file").write_text("x", "utf-8")
    commit(top)
    with pytest.raises(InputError) as caught:
        Checkout(top).resolve(ref)
    assert caught.value.exit_code == 1
    assert ref.strip() in str(caught.value)
    assert caught.value.hint


# --------------------------------------------------------------------------- dirty


def test_dirty_is_any_difference_below_the_folders_and_none_elsewhere(top: Path) -> None:
    fields, other = top / "fields", top / "other"
    for folder in (fields, other):
        folder.mkdir()
        (folder / "a.yaml").write_text("name: a\n", "utf-8")
    commit(top)
    checkout = Checkout(top)
    watched = (fields, top / "schema")
    assert not checkout.dirty(watched)

    (other / "a.yaml").write_text("changed", "utf-8")
    (top / "new").write_text("new", "utf-8")
    assert not checkout.dirty(watched)

    (fields / "b ü.yaml").write_text("new", "utf-8")
    assert checkout.dirty(watched)
    (fields / "b ü.yaml").unlink()
    assert not checkout.dirty(watched)

    (fields / "a.yaml").write_text("changed", "utf-8")
    assert checkout.dirty(watched)
    run(top, "add", "--all")
    assert checkout.dirty(watched)
    commit(top)
    assert not checkout.dirty(watched)

    (fields / "a.yaml").unlink()
    assert checkout.dirty(watched)
    run(top, "checkout", "--quiet", "--", "fields")
    (top / "schema").mkdir()
    (top / "schema" / "field.schema.json").write_text("{}", "utf-8")
    assert checkout.dirty(watched)


def test_dirty_looks_at_the_project_below_the_top(top: Path) -> None:
    project = top / "project"
    (project / "fields").mkdir(parents=True)
    (project / "fields" / "a.yaml").write_text("name: a\n", "utf-8")
    commit(top)
    assert not Checkout(project).dirty((project / "fields",))
    (project / "fields" / "a.yaml").write_text("name: b\n", "utf-8")
    assert Checkout(project).dirty((project / "fields",))


# --------------------------------------------------------------------------- ancestry


def test_an_ancestor_is_contained(top: Path) -> None:
    first, second = commit(top, "one"), commit(top, "two")
    run(top, "checkout", "--quiet", "-b", "side", first)
    aside = commit(top, "three")
    checkout = Checkout(top)
    assert checkout.is_ancestor(first, second) is True
    assert checkout.is_ancestor(second, second) is True
    assert checkout.is_ancestor(second, first) is False
    assert checkout.is_ancestor(aside, second) is False


@pytest.mark.parametrize("old", ["1" * 40, "no commit", "", "--all"])
def test_a_commit_that_nobody_knows_is_unknown(top: Path, old: str) -> None:
    head = commit(top)
    assert Checkout(top).is_ancestor(old, head) is None


def test_a_shallow_clone_does_not_know_what_it_has_not(top: Path, tmp_path: Path) -> None:
    first, second = commit(top, "one"), commit(top, "two")
    shallow = tmp_path / "shallow"
    run(tmp_path, "clone", "--quiet", "--depth", "1", top.as_uri(), str(shallow))
    checkout = Checkout(shallow)
    assert checkout.head() == second
    assert checkout.is_ancestor(second, second) is True
    assert checkout.is_ancestor(first, second) is None
    with pytest.raises(InputError) as caught:
        checkout.resolve("HEAD~1")
    assert "shallow" in caught.value.hint


# --------------------------------------------------------------------------- who


@pytest.mark.parametrize(
    "url",
    [
        "git@example.org:team/fields.git",
        "git@example.org:team/fields",
        "git@example.org:/team/fields.git",
        "git@EXAMPLE.org:team/fields.git/",
        "example.org:team/fields",
        "https://example.org/team/fields.git",
        "https://Example.org/team/fields/",
        "https://user:5ecret@example.org/team/fields.git",
        "https://5ecret@example.org:8443/team/fields",
        "ssh://git@example.org/team/fields.git",
        "ssh://git@example.org:2222/team/fields.git/",
        "git://example.org/team/fields.git",
    ],
)
def test_one_repository_has_one_name(url: str) -> None:
    assert normal_origin(url) == "example.org/team/fields"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("file:///srv/git/fields.git", "file/srv/git/fields"),
        ("/srv/git/fields.git", "file/srv/git/fields"),
        ("https://[::1]:8443/team/fields", "::1/team/fields"),
    ],
)
def test_other_origins(url: str, meant: str) -> None:
    assert normal_origin(url) == meant


def test_origin_and_user_are_gits(top: Path) -> None:
    checkout = Checkout(top)
    assert checkout.origin() is None
    assert checkout.user() is None
    run(top, "remote", "add", "upstream", "https://example.org/other.git")
    assert checkout.origin() is None
    run(top, "remote", "add", "origin", "https://user:5ecret@example.org/team/fields.git")
    run(top, "config", "user.name", "Zoë Ünal")
    assert checkout.origin() == "example.org/team/fields"
    assert checkout.user() == "Zoë Ünal"


# --------------------------------------------------------------------------- folders


def tree(checkout: Checkout, commit_: str, folder: str) -> tuple[dict[str, bytes], dict[str, str]]:
    sources, problems = checkout.folder(commit_, folder)
    return {s.path: s.content for s in sources}, {p.where.path: p.check for p in problems}


CONTENTS = {
    "a.yaml": b"name: a\n",
    "with space.yaml": b"crlf\r\nname\r\n",
    "zoë \U0001f3e0.yaml": "ü".encode(),
    'quote"back\\slash.yaml': b"\x00\xff\n\n",
    "line\nfeed\ttab.yaml": b"",
    "deep/er/b.yaml": b"name: b",
    "README": b"no field",
}


@pytest.mark.parametrize("below", ["", "the project/ü"])
def test_a_folder_at_a_commit_is_what_it_was(top: Path, below: str) -> None:
    root = top / below
    for name, content in CONTENTS.items():
        path = root / "my fields" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (root / "my fields too").mkdir()
    (root / "my fields too" / "x.yaml").write_bytes(b"x")
    old = commit(top)
    for name in CONTENTS:
        (root / "my fields" / name).write_bytes(b"newer")
    (root / "my fields" / "newer.yaml").write_bytes(b"newer")
    commit(top)
    (root / "my fields" / "a.yaml").write_bytes(b"newest, not committed")
    before = run(top, "status", "--porcelain")

    found, problems = tree(Checkout(root), old, "my fields")
    assert found == {f"my fields/{name}": content for name, content in CONTENTS.items()}
    assert problems == {}
    assert run(top, "status", "--porcelain") == before
    assert (root / "my fields" / "a.yaml").read_bytes() == b"newest, not committed"


def test_links_and_submodules_are_findings(top: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    run(other, "init", "--quiet")
    inner = commit(other)
    fields = top / "fields"
    fields.mkdir()
    (fields / "a.yaml").write_bytes(b"a")
    (fields / "link.yaml").symlink_to("a.yaml")
    (fields / "away.yaml").symlink_to("/etc/passwd")
    (fields / "notes").symlink_to("a.yaml")
    run(top, "update-index", "--add", "--cacheinfo", f"160000,{inner},fields/sub.yaml")
    run(top, "add", "fields/a.yaml", "fields/link.yaml", "fields/away.yaml", "fields/notes")
    run(top, "commit", "--quiet", "--message", "links")
    found, problems = tree(Checkout(top), run(top, "rev-parse", "HEAD"), "fields")
    assert found == {"fields/a.yaml": b"a"}
    links = ("away.yaml", "link.yaml", "sub.yaml")
    assert problems == {f"fields/{name}": "file/link" for name in links}


def test_a_folder_that_is_not_there_holds_nothing(top: Path) -> None:
    head = commit(top)
    assert Checkout(top).folder(head, "fields") == ((), ())


def test_line_ends_are_those_that_were_committed(top: Path) -> None:
    (top / "fields").mkdir()
    (top / "fields" / "a.yaml").write_bytes(b"one\r\ntwo\n")
    head = commit(top)
    run(top, "config", "core.autocrlf", "true")
    assert tree(Checkout(top), head, "fields")[0] == {"fields/a.yaml": b"one\r\ntwo\n"}


# --------------------------------------------------------------------------- trouble


def test_without_git_it_is_said(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(top))
    with pytest.raises(Unavailable, match="git is not installed"):
        Checkout(top).head()


def test_a_repository_that_is_broken_is_an_error(top: Path) -> None:
    head = commit(top)
    (top / ".git" / "HEAD").write_text("garbage", "utf-8")
    with pytest.raises(Unavailable) as caught:
        Checkout(top).folder(head, "fields")
    assert caught.value.exit_code == 4
    assert caught.value.hint


def test_the_log_of_a_folder(top: Path) -> None:
    below = top / "project" / "fields"
    below.mkdir(parents=True)
    (below / "a.yaml").write_text("1")
    (below / "b\nc.yaml").write_text("1")
    first = commit(top, "Begin\n\nThe body.")
    (top / "elsewhere").write_text("1")
    commit(top, "Elsewhere")
    (below / "a.yaml").write_text("2")
    (below / "b\nc.yaml").unlink()
    second = commit(top, "Say \x1b[31mmore")
    run(top, "config", "log.showSignature", "true")
    newest, oldest = Checkout(top / "project").log(below)
    assert (newest.sha, newest.subject, newest.author) == (second, "Say \x1b[31mmore", "Test")
    assert newest.files == {"fields/a.yaml": "M", "fields/b\nc.yaml": "D"}
    assert (oldest.sha, oldest.subject) == (first, "Begin")
    assert oldest.files == {"fields/a.yaml": "A", "fields/b\nc.yaml": "A"}
    assert not oldest.cut_off
    assert tuple(Checkout(top).log(top / "nothing")) == ()


def test_the_log_of_a_shallow_clone_is_cut_off(top: Path, tmp_path: Path) -> None:
    (top / "a").write_text("1")
    commit(top)
    (top / "b").write_text("1")
    commit(top)
    run(tmp_path, "clone", "--quiet", "--depth", "1", top.as_uri(), "clone")
    (only,) = Checkout(tmp_path / "clone").log(tmp_path / "clone")
    assert only.cut_off
    assert only.files == {"a": "A", "b": "A"}


def test_a_log_that_git_cannot_read_is_not_empty(top: Path) -> None:
    commit(top)
    for file in (top / ".git" / "objects").glob("*/*"):
        file.chmod(0o644)
        file.write_bytes(b"damaged")
    with pytest.raises(Unavailable, match="git"):
        list(Checkout(top).log(top))


def test_the_log_before_the_first_commit_is_empty(top: Path) -> None:
    assert tuple(Checkout(top).log(top)) == ()
