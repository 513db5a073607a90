"""Edits of the application become one pull request: each once, and nobody's work is lost for it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.api import Api
from tests.real import forked
from tests.real.forked import Done
from tests.scenarios.conftest import _key
from tests.scenarios.world import PATIENCE, WHO, Project, SQLiteWorld, checked, environment

RIGHTS = {"contents": "write", "pull-requests": "write"}
BRANCH = "fieldkeep/edits"
HOOK = """#!/bin/sh
while read -r old new ref; do
  git log --format=%s main.."$new" | grep -qv '^OPS-[0-9]' || exit 0
  echo "every message has to name a ticket (\x1b[1mOPS-1\x1b[0m)" >&2
  exit 1
done
"""


class Team(SQLiteWorld):
    """A clone whose ``origin`` is a bare repository, with pull requests on a GitHub of our own."""

    def __init__(self, project: Project, origin: Path, api: Api) -> None:
        super().__init__(project, _key())
        self.origin, self.api = origin, api
        (project.root / ".gitignore").write_text(".fieldkeep/\n", "utf-8")
        project.commit("As it is")
        project.git("clone", "--quiet", "--bare", ".", str(origin))
        project.git("remote", "add", "origin", str(origin))
        project.git("config", "user.name", "Test")
        project.git("config", "user.email", "test@example.org")
        self.variables = {
            **environment(),
            "GITHUB_TOKEN": api.token(RIGHTS),
            "GITHUB_API_URL": api.url,
            "GITHUB_REPOSITORY": api.repository,
            "FIELDKEEP_TRUSTED_HOSTS": api.url,
        }

    def propose(self, *arguments: str, code: int = 0, token: bool = True) -> Done:
        variables = self.variables if token else environment()
        line = ["propose", "--store", self.url, "--key", self.key, "--base", "main", *arguments]
        return checked(forked.run(line, self.project.root, variables, PATIENCE), code)

    def value_of(self, name: str, attribute: str, value: Any) -> None:
        """Somebody types it into the application."""
        self.application(lambda fields: fields[name].update({attribute: value}))

    def there(self, *arguments: str) -> str:
        """What git says of the repository on the server."""
        command = ["git", *WHO, "-C", str(self.origin), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def pushed(self, name: str, old: str, new: str) -> str:
        """Somebody changes a file of the main branch, from another clone."""
        with tempfile.TemporaryDirectory() as folder:
            self.there("clone", "--quiet", str(self.origin), folder)
            path = Path(folder, "fields", f"{name}.yaml")
            path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
            for words in (["commit", "--quiet", "-am", "A word"], ["push", "--quiet"]):
                subprocess.run(["git", *WHO, *words], cwd=folder, check=True)
        return self.there("rev-parse", "main")

    def subjects(self) -> list[str]:
        return self.there("log", "--reverse", "--format=%s", f"main..{BRANCH}").splitlines()

    def file(self, name: str) -> str:
        return self.there("show", f"{BRANCH}:fields/{name}.yaml")

    def pulls(self) -> dict[int, tuple[str, str]]:
        """State and body."""
        issues = self.api.issues.items()
        return {number: (issue["state"], issue["body"]) for number, issue in issues}

    def own_state(self) -> object:
        """What is the user's: what is checked out, staged and changed, and which branches there
        are."""
        git = self.project.git
        return (
            git("symbolic-ref", "HEAD"),
            git("diff", "--cached"),
            git("diff"),
            git("branch", "--format=%(refname) %(objectname)"),
            git("stash", "list"),
        )


@pytest.fixture
def team(project: Project, tmp_path: Path) -> Iterator[Team]:
    origin = tmp_path / "origin.git"
    with Api(origin=origin) as api:
        yield Team(project, origin, api)


def test_an_edit_is_proposed_once_and_as_it_is_live(team: Team) -> None:
    team.sync()
    assert "nothing to propose" in team.propose().out
    team.value_of("company", "display_name", "Empresa")
    team.run("capture")
    team.value_of("site", "default_value", "north")
    team.run("capture")
    team.project.git("checkout", "--quiet", "-b", "work")
    team.project.field("company", "name: company\n# half done\n")
    team.project.field("room", "name: room\n")
    team.project.git("add", "fields/room.yaml")
    before = team.own_state(), team.state()

    dry = team.propose("--dry-run", "--exit-code", code=2)
    assert "to propose: 2 edits of 2 fields" in dry.out
    assert team.api.wrote() == []
    assert 'company.display_name: "Company" -> "Empresa"' in team.propose().out
    assert team.subjects() == [
        "Take display_name of company from the application",
        "Take default of site from the application",
    ]
    assert "display_name: Empresa" in team.file("company")
    (number, (state, body)) = next(iter(team.pulls().items()))
    assert (state, "0 to create, 0 to update" in body) == ("open", True)
    message = team.there("log", "-1", "--format=%B", BRANCH)
    assert 'default: (none) -> "north"' in message
    assert "A backup has it since 20" in message

    asked, tip = len(team.api.wrote()), team.there("rev-parse", BRANCH)
    assert "already proposed: 2 edits" in team.propose().out
    assert (len(team.api.wrote()), team.there("rev-parse", BRANCH)) == (asked, tip)
    assert (team.own_state(), team.state()) == before
    planned = team.run("plan", "--exit-code", "--ref", tip, "--format", "json").out
    assert json.loads(planned)["changes"] == []

    main = team.pushed("company", "display_name: Company", "display_name: Company # short")
    assert "proposed: 2 edits" in team.propose().out
    assert team.there("rev-parse", f"{BRANCH}~2") == main
    assert "display_name: Empresa # short" in team.file("company")

    team.value_of("company", "display_name", "Firma")
    assert "proposed: 2 edits" in team.propose().out
    assert team.pulls().keys() == {number}
    assert len(team.subjects()) == 2
    assert "display_name: Firma" in team.file("company")

    team.value_of("company", "display_name", "Company")
    team.value_of("site", "default_value", None)
    assert "closed: git and the application say the same" in team.propose().out
    assert team.pulls()[number][0] == "closed"
    team.value_of("company", "display_name", "Firma")
    assert "proposed: 1 edit of 1 field" in team.propose().out
    assert team.pulls().keys() == {number, number + 1}


def test_what_somebody_did_with_a_proposal_stays(team: Team, tmp_path: Path) -> None:
    team.sync()
    team.value_of("company", "display_name", "Early")
    team.propose(token=False)  # a branch of this clone, which stays behind
    team.value_of("company", "display_name", "Empresa")
    team.propose()
    (number,) = team.pulls()
    reviewer = tmp_path / "reviewer"
    team.there("clone", "--quiet", "--branch", BRANCH, str(team.origin), str(reviewer))
    path = reviewer / "fields" / "company.yaml"
    path.write_text(path.read_text("utf-8").replace("Empresa", "Companhia"), "utf-8")
    for words in (["commit", "--quiet", "-am", "The right word"], ["push", "--quiet"]):
        subprocess.run(["git", *WHO, *words], cwd=reviewer, check=True)
    theirs = team.there("rev-parse", BRANCH)
    assert "already proposed" in team.propose().out
    assert team.there("rev-parse", BRANCH) == theirs
    assert "push --force" not in team.propose(token=False).out

    team.value_of("site", "display_name", "Place")
    assert f"  git push origin {BRANCH}\n" in team.propose(token=False).out
    assert team.project.git("rev-parse", f"{BRANCH}~1") == theirs
    assert "proposed: 2 edits" in team.propose().out
    assert team.there("rev-parse", f"{BRANCH}~1") == theirs
    assert "display_name: Companhia" in team.file("company")

    team.api.close(number)
    refused = team.propose(code=3)
    assert "has a commit of Test" in refused.err
    assert "nothing was pushed" in refused.err
    team.there("branch", "-D", BRANCH)
    again = team.propose("--exit-code", "--format", "json")
    assert (json.loads(again.out)["edits"], len(json.loads(again.out)["declined"])) == ([], 2)
    team.value_of("site", "display_name", "Location")
    assert "proposed: 1 edit of 1 field" in team.propose().out
    assert team.subjects() == ["Take display_name of site from the application"]


def test_a_refused_push_is_told_in_the_servers_words(team: Team) -> None:
    team.sync()
    team.value_of("company", "display_name", "Empresa")
    hook = team.origin / "hooks" / "pre-receive"
    hook.write_text(HOOK, "utf-8")
    hook.chmod(0o755)
    before = team.own_state(), team.state()
    refused = team.propose(code=3)
    said = "every message has to name a ticket (\\x1b[1mOPS-1\\x1b[0m)"
    assert f"origin refused the branch {BRANCH}: {said}" in refused.err
    assert "nothing is lost: the edits stay live" in refused.err
    assert team.variables["GITHUB_TOKEN"] not in refused.out + refused.err
    assert (team.own_state(), team.state()) == before
    assert team.pulls() == {}
    assert "proposed: 1 edit" in team.propose("--prefix", "OPS-1: ").out
    assert team.subjects() == ["OPS-1: Take display_name of company from the application"]


def test_without_a_token_the_branch_stays_here(team: Team) -> None:
    team.sync()
    team.value_of("company", "display_name", "Undone")
    team.sync()
    undone = 'undone by a sync: company.display_name was "Undone" in backup 1'
    assert undone in team.propose(token=False).out
    team.value_of("company", "display_name", "Empresa")
    made = team.propose(token=False)
    assert f"  git push origin {BRANCH}\n  gh pr create --head {BRANCH}" in made.out
    assert team.project.git("log", "--format=%s", f"main..{BRANCH}") == (
        "Take display_name of company from the application"
    )
    assert "already proposed: 1 edit" in team.propose(token=False).out
    assert team.there("branch", "--list", BRANCH) == ""
    team.project.git("checkout", "--quiet", BRANCH)
    team.value_of("company", "display_name", "Firma")
    assert "is checked out in" in team.propose(token=False, code=3).err
    team.wipe("")
    assert "the document is not live: a sync brings back" in team.propose(token=False).out
