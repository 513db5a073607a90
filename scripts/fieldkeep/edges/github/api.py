"""The parts of GitHub's REST API that the workflows use: commits, comments and issues.

https://docs.github.com/rest
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from fieldkeep.core.common.shape import Shape, WrongShapeError
from fieldkeep.core.github.texts import Pull, Text, WorkflowRun
from fieldkeep.core.propose.branch import PullRequest, State
from fieldkeep.edges.github.http import ADDRESS, Transport
from fieldkeep.edges.trusted_hosts import require_trusted
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Json

_DEFAULT: Final = "https://api.github.com"
_REPOSITORY: Final = re.compile(r"[\w-][\w.-]*/(?!\.{1,2}$)[\w.-]+", re.ASCII)
_ACTIONS: Final = "actions: read"
_CONTENTS: Final = "contents: read"
_PULLS: Final = "pull-requests: read"
_COMMENTS: Final = "pull-requests: write"
_ISSUES: Final = "issues: write"

Read = TypeVar("Read")


class GitHub:
    """One repository; ``with GitHub(os.environ) as github``. Every method raises Unavailable."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        repository = variables.get("GITHUB_REPOSITORY", "")
        if not _REPOSITORY.fullmatch(repository):
            raise UsageError("GITHUB_REPOSITORY is not OWNER/NAME", "GitHub sets it in every run")
        token = variables.get("GITHUB_TOKEN", "").strip()
        if not token:
            way = "give the step `env: {GITHUB_TOKEN: ${{ github.token }}}`"
            raise UsageError("GITHUB_TOKEN is not set", way)
        if not token.isascii() or not token.isprintable():
            raise UsageError("GITHUB_TOKEN holds no token", "check what the step gives it")
        self.repository = repository
        self.root = f"/repos/{repository}"
        self.http = Transport(variables.get("GITHUB_API_URL") or _DEFAULT, token, variables)
        require_trusted("the token in the variable GITHUB_TOKEN", self.http.base, variables)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.session.close()

    def head(self, branch: str) -> str:
        """The newest commit of a branch."""
        if {"", ".", ".."} & set(branch.split("/")):  # which would be another address
            raise UsageError(f"'{branch}' is no branch", "give its name as git shows it")
        path = f"{self.root}/git/ref/heads/{quote(branch, safe='/')}"
        answer = self.http.get(path, _CONTENTS)
        return _understood("GET", path, answer, _commit_of_ref)

    def run(self, number: int) -> WorkflowRun:
        """One run of a workflow."""
        path = f"{self.root}/actions/runs/{number}"
        return _understood("GET", path, self.http.get(path, _ACTIONS), _run)

    def pulls_of(self, commit: str) -> list[Pull]:
        """The pull requests that contain a commit."""
        return self._list(f"{self.root}/commits/{quote(commit, safe='')}/pulls", _PULLS, _pull)

    def pulls_from(self, branch: str) -> list[PullRequest]:
        """The pull requests of a branch of this repository, newest first."""
        owner = self.repository.partition("/")[0]
        params = {"head": f"{owner}:{branch}", "state": "all"}
        entries = self._list(f"{self.root}/pulls", _PULLS, self._pull_request, params)
        found = [pull for pull in entries if pull is not None]
        return sorted(found, key=lambda pull: pull.number, reverse=True)

    def open_pull(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        sent = {"title": title, "head": branch, "base": base, "body": body}
        return self._written_pull("POST", f"{self.root}/pulls", sent)

    def edit_pull(self, number: int, body: str) -> PullRequest:
        return self._written_pull("PATCH", f"{self.root}/pulls/{number}", {"body": body})

    def close_pull(self, number: int, body: str) -> PullRequest:
        sent = {"body": body, "state": "closed"}
        return self._written_pull("PATCH", f"{self.root}/pulls/{number}", sent)

    def _written_pull(self, method: str, path: str, body: Mapping[str, str]) -> PullRequest:
        pull = self._write(method, path, body, _COMMENTS, self._pull_request)
        if pull is None:
            raise Unavailable(f"{method} {path}: a pull request of another repository", ADDRESS)
        return pull

    def _pull_request(self, entry: Shape) -> PullRequest | None:
        """None for one of a fork that belongs to the same owner."""
        head = entry.object("head")
        repository = head.optional_object("repo")  # null if it was deleted
        name = repository.required("full_name", str) if repository else ""
        if name.casefold() != self.repository.casefold():
            return None
        unmerged = State.OPEN if entry.required("state", str) == "open" else State.CLOSED
        state = unmerged if entry.optional("merged_at", str) is None else State.MERGED
        number, url = entry.required("number", int), entry.required("html_url", str)
        text = entry.optional("body", str, "")
        return PullRequest(number, state, head.required("sha", str), text, url)

    def comments(self, number: int) -> list[Text]:
        """All comments of an issue or pull request."""
        return self._list(f"{self.root}/issues/{number}/comments", _COMMENTS, _comment)

    def comment(self, number: int, body: str) -> Text:
        path = f"{self.root}/issues/{number}/comments"
        return self._write("POST", path, {"body": body}, _COMMENTS, _comment)

    def edit_comment(self, comment: int, body: str) -> Text:
        path = f"{self.root}/issues/comments/{comment}"
        return self._write("PATCH", path, {"body": body}, _COMMENTS, _comment)

    def open_issues(self, label: str) -> list[Text]:
        """The open issues with this label. GitHub lists pull requests among them: left out."""
        path, params = f"{self.root}/issues", {"state": "open", "labels": label}
        entries = self._list(path, _ISSUES, _issue_or_pull, params)
        return [issue for issue in entries if issue is not None]

    def open_issue(self, title: str, body: str, label: str) -> Text:
        """Open an issue; GitHub creates the label if it does not exist."""
        sent = {"title": title, "body": body, "labels": [label]}
        return self._write("POST", f"{self.root}/issues", sent, _ISSUES, _issue)

    def edit_issue(self, number: int, title: str, body: str) -> Text:
        path = f"{self.root}/issues/{number}"
        return self._write("PATCH", path, {"title": title, "body": body}, _ISSUES, _issue)

    def close_issue(self, number: int) -> Text:
        path, sent = f"{self.root}/issues/{number}", {"state": "closed"}
        return self._write("PATCH", path, {**sent, "state_reason": "completed"}, _ISSUES, _issue)

    def comment_issue(self, number: int, body: str) -> Text:
        path = f"{self.root}/issues/{number}/comments"
        return self._write("POST", path, {"body": body}, _ISSUES, _comment)

    def _list(
        self,
        path: str,
        right: str,
        read: Callable[[Shape], Read],
        params: Mapping[str, str] | None = None,
    ) -> list[Read]:
        pages = self.http.pages(path, right, params or {})
        return [_understood("GET", path, entry, read) for entry in pages]

    def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        right: str,
        read: Callable[[Shape], Read],
    ) -> Read:
        answer = self.http.write(method, path, body, right)
        return _understood(method, path, answer, read)


def _understood(method: str, path: str, answer: Json, read: Callable[[Shape], Read]) -> Read:
    try:
        return read(Shape({"answer": answer}).object("answer"))
    except WrongShapeError as error:
        message = f"{method} {path}: the answer is not GitHub's: {error}"
        raise Unavailable(message, ADDRESS) from error


def _commit_of_ref(ref: Shape) -> str:
    return ref.object("object").required("sha", str)


def _run(entry: Shape) -> WorkflowRun:
    repository = entry.optional_object("head_repository")  # null if the fork was deleted
    return WorkflowRun(
        entry.required("path", str),
        entry.optional("head_branch", str, ""),
        repository.required("full_name", str) if repository else "",
        entry.required("event", str),
    )


def _text(entry: Shape, number: str) -> Text:
    author = entry.optional_object("user")  # null if the account was deleted
    return Text(
        entry.required(number, int),
        author.required("login", str) if author else "",
        bot=author is not None and author.required("type", str) == "Bot",
        body=entry.optional("body", str, ""),
        url=entry.required("html_url", str),
    )


def _comment(entry: Shape) -> Text:
    return _text(entry, "id")


def _issue(entry: Shape) -> Text:
    return _text(entry, "number")


def _issue_or_pull(entry: Shape) -> Text | None:
    return None if "pull_request" in entry.values else _issue(entry)


def _pull(entry: Shape) -> Pull:
    return Pull(
        entry.required("number", int),
        merged=entry.optional("merged_at", str) is not None,
        commit=entry.optional("merge_commit_sha", str, ""),
        base=entry.object("base").required("ref", str),
        labels=tuple(label.required("name", str) for label in entry.objects("labels")),
    )
