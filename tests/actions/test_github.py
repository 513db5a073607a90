"""`fieldkeep github`, against a small GitHub: what is asked, what is written, when nothing is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldkeep.__main__ import run
from fieldkeep.core.github.texts import BOT, BREAKING_LABEL, DRIFT_LABEL, DRIFT_MARK, PLAN_MARK
from tests.actions.api import Answer, Api, environment
from tests.render.test_report import a_plan, a_status

OLD, NEW = "a" * 40, "b" * 40
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as opened:
        yield opened


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    """Run a command line as a step of a workflow would: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIELDKEEP_TRUSTED_HOSTS", "127.0.0.1")  # or it would say where tokens go

    def said(
        api: Api, line: list[str], rights: dict[str, str], **more: str
    ) -> tuple[int, str, str]:
        for name, value in environment(api, api.token(rights), **more).items():
            monkeypatch.setenv(name, value)
        code = run(["github", *line])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return said


# --------------------------------------------------------------------------- current


def a_repository(folder: Path) -> tuple[Path, str]:
    """A bare repository with one commit on main, and that commit."""

    def git(*arguments: str) -> str:
        me = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        done = subprocess.run(
            ["git", *me, *arguments], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q", "--bare", "-b", "main", "origin.git")
    tree = git("-C", "origin.git", "write-tree")
    commit = git("-C", "origin.git", "commit-tree", "-m", "x", tree)
    git("-C", "origin.git", "update-ref", "refs/heads/main", commit)
    return folder / "origin.git", commit


def test_a_run_of_the_newest_commit_is_current_and_an_older_one_is_refused(
    api: Api, say: Say, tmp_path: Path
) -> None:
    api.origin, head = a_repository(tmp_path)
    rights = {"contents": "read"}
    assert say(api, ["current"], rights, GITHUB_SHA=head)[:2] == (
        0,
        f"main is at {head}, the commit of this run\n",
    )
    code, out, err = say(api, ["current"], rights, GITHUB_SHA=OLD)
    assert (code, out) == (3, "")
    assert f"main is at {head} and this run is of {OLD}: nothing was written" in err
    assert "recovery workflow" in err


@pytest.mark.parametrize("line", [["current"], ["flags"]])
def test_a_commit_that_is_not_known_ends_with_64(api: Api, say: Say, line: list[str]) -> None:
    assert "GITHUB_SHA is not set" in say(api, line, {}, GITHUB_SHA="")[2]
    code, _, err = say(api, line, {}, GITHUB_SHA="HEAD")
    assert (code, api.asked) == (64, [])
    assert "'HEAD' is not a whole commit hash" in err


# --------------------------------------------------------------------------- flags

PULLS = {"pull-requests": "read"}


def test_the_label_of_the_merge_that_made_the_commit_allows(api: Api, say: Say) -> None:
    number = api.pull(labels=(BREAKING_LABEL,), merged_as=NEW)
    code, out, err = say(api, ["flags"], PULLS, GITHUB_SHA=NEW)
    assert (code, out) == (0, "--allow-breaking\n")
    assert err == f"#{number}, merged as {NEW[:12]}, carries '{BREAKING_LABEL}'\n"


@pytest.mark.parametrize(
    "pull",
    [
        {"labels": ("other",), "merged_as": NEW},
        {"labels": (BREAKING_LABEL,), "merged_as": OLD, "commits": (NEW,)},
        {"labels": (BREAKING_LABEL,), "merged_as": NEW, "base": "staging"},
        {"labels": (BREAKING_LABEL,), "commits": (NEW,)},
        {"labels": (f"{BREAKING_LABEL} not",), "merged_as": NEW},
    ],
    ids=["no label", "another merge", "another branch", "not merged", "another label"],
)
def test_nothing_else_allows(api: Api, say: Say, pull: dict[str, object]) -> None:
    api.pull(**pull)  # type: ignore[arg-type]
    code, out, err = say(api, ["flags", "--sha", NEW, "--", "--prune"], PULLS)
    assert (code, out) == (0, "--prune\n")
    assert err


def test_a_commit_without_a_pull_request_is_not_allowed(api: Api, say: Say) -> None:
    code, out, err = say(api, ["flags"], PULLS, GITHUB_SHA=NEW)
    assert (code, out) == (0, "\n")
    assert err == f"no merge of a pull request into main made commit {NEW[:12]}\n"


def test_a_failure_is_no_answer(api: Api, say: Say) -> None:
    api.pull(labels=(BREAKING_LABEL,), merged_as=NEW)
    code, out, err = say(api, ["flags"], {}, GITHUB_SHA=NEW)
    assert (code, out) == (4, "")
    assert f"GET /repos/acme/fields/commits/{NEW}/pulls: HTTP 403" in err
    assert "permissions: pull-requests: read" in err
    api.failing = [Answer(503)] * 3
    code, out, err = say(api, ["flags"], PULLS, GITHUB_SHA=NEW)
    assert (code, out) == (4, "")
    assert "HTTP 503" in err


# --------------------------------------------------------------------------- the client

COMMENTS = {"pull-requests": "write"}


def test_a_read_is_asked_again_and_a_write_is_not(api: Api, say: Say) -> None:
    number = api.pull()
    line = ["comment", "--pull-request", str(number), "plan=missing.json"]
    api.failing = [Answer(502)]
    assert say(api, line, COMMENTS)[0] == 0
    other = api.pull()
    api.asked.clear()
    api.failing = [Answer(200, []), Answer(500)]
    code, _, err = say(api, ["comment", "--pull-request", str(other), "p=missing.json"], COMMENTS)
    assert code == 4
    assert "it may have been done" in err
    assert [asked.method for asked in api.asked] == ["GET", "POST"]


MAY_NOT = "GitHub Actions is not permitted to create or approve pull requests."


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(302, None, {"Location": "http://127.0.0.1:1/"}), "redirected (HTTP 302)"),
        (Answer(200, {"object": {}}), "the answer is not GitHub's: answer.object.sha is missing"),
        (Answer(200, [1]), "the answer is not GitHub's: answer is not an object"),
        (Answer(404, {}), "not there, or not for this token"),
        (Answer(401, {}), "the token is not accepted"),
        (Answer(403, {}, {"X-RateLimit-Remaining": "0"}), "too many requests"),
        (Answer(422, {"message": "Validation \x1bFailed"}), r"HTTP 422 (Validation \x1bFailed)"),
        (Answer(404, {"message": ["x"]}), "HTTP 404"),
        (Answer(422, {"message": "A", "errors": [{"message": "B"}, {}]}), "HTTP 422 (A: B)"),
        (Answer(422, {"message": "A", "errors": ["B"]}), "HTTP 422"),
        (Answer(403, {"message": MAY_NOT}), "switch on Settings, Actions, General, Allow GitHub"),
    ],
)
def test_what_github_does_not_say_ends_with_4(
    api: Api, say: Say, answer: Answer, said: str
) -> None:
    api.failing = [answer]
    code, out, err = say(api, ["current"], {"contents": "read"}, GITHUB_SHA=NEW)
    assert (code, out) == (4, "")
    assert err.startswith("fieldkeep: GET /repos/acme/fields/git/ref/heads/main: ")
    assert said in err


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("GITHUB_TOKEN", "", "GITHUB_TOKEN is not set"),
        ("GITHUB_TOKEN", "a\x1bb", "GITHUB_TOKEN holds no token"),
        ("GITHUB_REPOSITORY", "a/../../x", "GITHUB_REPOSITORY is not OWNER/NAME"),
        ("GITHUB_REPOSITORY", "../..", "GITHUB_REPOSITORY is not OWNER/NAME"),
        ("GITHUB_API_URL", "http://example.com", "GITHUB_API_URL is not an https address"),
        ("GITHUB_API_URL", "ftp://example.com", "GITHUB_API_URL is not an https address"),
    ],
)
def test_settings_that_cannot_be_right_end_with_64(
    api: Api, say: Say, variable: str, value: str, said: str
) -> None:
    given = {"GITHUB_SHA": NEW, variable: value}
    code, _, err = say(api, ["current"], {"contents": "read"}, **given)
    assert (code, api.asked) == (64, [])
    assert said in err


SECONDARY = {"message": "You have exceeded a secondary rate limit."}


@pytest.mark.parametrize("status", [403, 429])
def test_what_github_refuses_for_too_many_requests_is_asked_again(
    api: Api, say: Say, status: int
) -> None:
    api.pull(labels=(BREAKING_LABEL,), merged_as=NEW)
    api.failing = [Answer(status, SECONDARY, {"Retry-After": "1"})]
    code, out, err = say(api, ["flags"], PULLS, GITHUB_SHA=NEW)
    assert (code, out) == (0, "--allow-breaking\n"), err


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, SECONDARY, {"Retry-After": "60"}),
        Answer(403, SECONDARY),
        Answer(429, SECONDARY),
        Answer(403, {}, {"X-RateLimit-Remaining": "0"}),
    ],
)
def test_too_many_requests_are_no_missing_permission(api: Api, say: Say, answer: Answer) -> None:
    api.failing = [answer]
    code, _, err = say(api, ["current"], {"contents": "read"}, GITHUB_SHA=NEW)
    assert code == 4
    assert f"too many requests (HTTP {answer.status})" in err
    assert "permission" not in err
    assert len(api.asked) == 1


def test_a_write_that_was_refused_for_too_many_requests_is_sent_again(api: Api, say: Say) -> None:
    api.failing = [Answer(200, []), Answer(403, SECONDARY, {"Retry-After": "1"})]
    code, _, err = say(api, ["issue", status("a", "both")], {"issues": "write"})
    assert (code, [asked.method for asked in api.asked]) == (0, ["GET", "POST", "POST"]), err


def test_the_token_is_nowhere(api: Api, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "")
    token = api.token({"contents": "read"})
    echo = {"message": f"Bad {token}" + " " * 140 + token}  # the second one is cut in its middle
    answers = Answer(401), Answer(403), Answer(200, "x"), Answer(403, echo), Answer(422, echo)
    for failing in (*([answer] for answer in answers), [Answer(500)] * 3):
        api.failing = list(failing)
        _, out, err = say(api, ["current"], {}, GITHUB_SHA=NEW, GITHUB_TOKEN=token)
        assert token[:8] not in out + err


# --------------------------------------------------------------------------- comment


def a_file(name: str, content: object) -> None:
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")


def comment(number: int, *sections: str) -> list[str]:
    return ["comment", "--pull-request", str(number), *sections]


def test_one_comment_is_made_then_edited_in_place(api: Api, say: Say) -> None:
    number = api.pull()
    a_file("plan.json", a_plan("x"))
    code, out, _ = say(api, comment(number, "staging=plan.json"), COMMENTS)
    assert (code, out.split(":")[0]) == (0, "created")
    assert f"/pull/{number}#issuecomment-" in out
    assert say(api, comment(number, "staging=plan.json"), COMMENTS)[1].startswith("unchanged: ")
    assert len(api.wrote()) == 1
    a_file("plan.json", a_plan("y"))
    assert say(api, comment(number, "staging=plan.json"), COMMENTS)[1].startswith("edited: ")
    (body,) = api.bodies(number)
    assert body.startswith(f"{PLAN_MARK}\n\n### fieldkeep: 1 to create, 1 to update, 1 to delete")
    assert "<code>y0</code>" in body
    assert "<code>x0</code>" not in body


def test_only_a_comment_of_our_own_bot_is_edited_and_the_first_of_several(
    api: Api, say: Say
) -> None:
    number = api.pull()
    others = [
        api.write_comment(number, f"{PLAN_MARK} mine now", BOT),  # a user of that name
        api.write_comment(number, f"{PLAN_MARK} mine now", "ann"),
        api.write_comment(number, f"{PLAN_MARK} mine now", "other[bot]", "Bot"),
        api.write_comment(number, f"said: {PLAN_MARK}", BOT, "Bot"),
    ]
    first = api.write_comment(number, f"{PLAN_MARK}\nfirst", BOT, "Bot")
    second = api.write_comment(number, f"{PLAN_MARK}\nsecond", BOT, "Bot")
    assert say(api, comment(number, "plan=none.json"), COMMENTS)[1].startswith("edited: ")
    assert api.wrote()[0].path.endswith(f"/issues/comments/{first}")
    assert second
    assert others
    assert [body for body in api.bodies(number) if "there is no plan" not in body] == [
        *[f"{PLAN_MARK} mine now"] * 3,
        f"said: {PLAN_MARK}",
        f"{PLAN_MARK}\nsecond",
    ]


def test_our_comment_is_found_on_a_later_page(api: Api, say: Say) -> None:
    number = api.pull()
    for index in range(101):
        api.write_comment(number, f"{index}", "ann")
    api.write_comment(number, f"{PLAN_MARK}\nold", BOT, "Bot")
    assert say(api, comment(number, "plan=none.json"), COMMENTS)[1].startswith("edited: ")
    assert len(api.bodies(number)) == 102


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "there is no such file"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"schema": NaN}', "it is not JSON"),
        ("[]", "the whole is not an object"),
        ("{}", "schema is missing"),
        ('{"schema": 2}', "another version wrote it"),
        ('{"schema": true}', "schema is not a whole number"),
        ({**a_plan(), "changes": {}}, "changes is not a list"),
        ({**a_plan(), "changes": ["@team"]}, "is not an object"),
        ({**a_plan(), "digest": None}, "digest is not text"),
        ({**a_plan(), "counts": {"create": 0, "update": 1, "delete": 1}}, "counts are not those"),
        ({**a_plan(), "impact": [{"kind": "x"}]}, "message is missing"),
    ],
)
def test_what_is_no_plan_is_named_and_not_believed(
    api: Api, say: Say, content: object, why: str
) -> None:
    number = api.pull()
    if content is not None:
        a_file("plan.json", content)
    assert say(api, comment(number, "staging=plan.json"), COMMENTS)[0] == 0
    (body,) = api.bodies(number)
    assert "<b>No plan:</b> <code>staging</code>" in body
    assert why in body
    assert 'What went wrong is said in <a href="https&#58;//github.com/acme' in body
    assert "No changes" not in body


def test_the_whole_goes_to_the_summary_and_the_comment_is_cut(api: Api, say: Say) -> None:
    number = api.pull()
    a_file("plan.json", a_plan("x", rows=500))
    Path("summary.md").write_text("before\n")
    line = [*comment(number, "staging=plan.json"), "--summary", "summary.md"]
    assert say(api, line, COMMENTS)[0] == 0
    (body,) = api.bodies(number)
    assert len(body) < 60_100
    assert "500 to create, 500 to update, 500 to delete" in body
    assert "more rows: see" in body
    summary = Path("summary.md").read_text()
    assert summary.startswith("before\n###")
    assert "more row" not in summary
    assert "<code>x499</code>" in summary


def test_a_dry_run_prints_and_writes_nothing(api: Api, say: Say) -> None:
    a_file("plan.json", a_plan())
    code, out, _ = say(api, [*comment(1, "a=plan.json"), "--dry-run"], {}, GITHUB_TOKEN="")
    assert code == 0
    assert out.startswith(PLAN_MARK)
    assert api.asked == []


@pytest.mark.parametrize("section", ["plan.json", "=plan.json", "a="])
def test_a_section_has_a_title_and_a_file(api: Api, say: Say, section: str) -> None:
    assert say(api, comment(1, section), COMMENTS)[0] == 64


def test_two_sections_of_one_title_are_refused(api: Api, say: Say) -> None:
    assert say(api, comment(1, "a=b", "a=c"), COMMENTS)[0] == 64


# --------------------------------------------------------------------------- issue

ISSUES = {"issues": "write"}


def status(name: str, *drift: str) -> str:
    Path(f"{name}.json").write_bytes(a_status("company", drift=drift))
    return f"{name}={name}.json"


def test_one_issue_lives_as_long_as_the_drift(api: Api, say: Say) -> None:
    api.write_issue(f"{DRIFT_MARK} mine", "ann", (DRIFT_LABEL,))
    api.pull(labels=(DRIFT_LABEL,))
    production = status("production", "live-edited", "live-edited", "missing")
    line = ["issue", status("staging"), production]
    code, out, _ = say(api, line, ISSUES)
    assert (code, out.split(":")[0]) == (0, "opened")
    issue = list(api.issues.values())[-1]
    assert issue["labels"] == [DRIFT_LABEL]
    assert issue["body"].startswith(
        f"{DRIFT_MARK}\n\n### live-edited 2, missing 1, in 1 environment of 2"
    )
    assert "<code>fieldkeep adopt</code>" in issue["body"]
    assert "<code>staging</code>: in sync" in issue["body"]

    assert say(api, line, ISSUES, GITHUB_RUN_ID="78")[1].startswith("unchanged: ")
    line = ["issue", status("staging"), status("production", "both")]
    assert say(api, line, ISSUES)[1].startswith("edited: ")
    assert "### both 1, in 1 environment of 2" in issue["body"]
    assert issue["state"] == "open"

    line = ["issue", status("staging"), status("production")]
    assert say(api, line, ISSUES)[1].startswith("closed: ")
    assert issue["state"] == "closed"
    assert "read every environment" in api.bodies(issue["number"])[0]
    assert say(api, line, ISSUES)[:2] == (0, "in sync: there is no issue to close\n")

    line = ["issue", status("staging"), status("production", "corrupt")]
    assert say(api, line, ISSUES)[1].startswith("opened: ")
    assert list(api.issues.values())[-1]["number"] > issue["number"]
    assert [i["state"] for i in api.issues.values()] == ["open", "open", "closed", "open"]


def test_what_could_not_be_read_closes_nothing_and_opens_nothing(api: Api, say: Say) -> None:
    line = ["issue", status("staging"), "production=missing.json"]
    code, out, err = say(api, line, ISSUES)
    assert (code, out) == (4, "no issue: no drift is known\n")
    assert "production" in err
    assert api.issues == {}

    assert say(api, ["issue", status("staging"), status("production", "both")], ISSUES)[0] == 0
    code, out, err = say(api, line, ISSUES)
    assert (code, out.split(":")[0]) == (4, "edited")
    (issue,) = api.issues.values()
    assert issue["state"] == "open"
    assert "could not be read" in issue["body"]


def test_drift_is_told_even_if_another_environment_cannot_be_read(api: Api, say: Say) -> None:
    code, out, _ = say(api, ["issue", status("a", "both"), "b=missing.json"], ISSUES)
    assert (code, out.split(":")[0]) == (4, "opened")


def test_pending_without_a_class_is_drift_too(api: Api, say: Say) -> None:
    drift = [{"field": "x", "class": "orphan", "attributes": []}]
    a_file("a.json", {"schema": 1, "in_sync": False, "drift": drift})
    assert say(api, ["issue", "a=a.json"], ISSUES)[1].startswith("opened: ")
    (issue,) = api.issues.values()
    assert "### pending 1, in 1 environment of 1" in issue["body"]


def test_a_contradiction_is_not_in_sync(api: Api, say: Say) -> None:
    """The file crossed an artifact: one that says both closes nothing."""
    drift = [{"field": "x", "class": "both", "attributes": []}]
    a_file("a.json", {"schema": 1, "in_sync": True, "drift": drift})
    assert say(api, ["issue", "a=a.json"], ISSUES)[0] == 4


def test_the_missing_permission_is_named(api: Api, say: Say) -> None:
    code, _, err = say(api, ["issue", status("a", "both")], {"issues": "read"})
    assert code == 4
    assert "POST /repos/acme/fields/issues: HTTP 403" in err
    assert "permissions: issues: write" in err
