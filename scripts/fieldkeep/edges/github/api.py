"""What the workflows ask of GitHub's REST API, and what they write there: comments and issues.

https://docs.github.com/rest
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

from fieldkeep.core.common.shape import Shape, WrongShapeError
from fieldkeep.core.github.texts import Pull, Text
from fieldkeep.edges.github.http import Transport
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Json

_DEFAULT: Final = "https://api.github.com"
_REPOSITORY: Final = re.compile(r"[\w-][\w.-]*/(?!\.{1,2}$)[\w.-]+", re.ASCII)
_CONTENTS: Final = "contents: read"
_PULLS: Final = "pull-requests: read"
_COMMENTS: Final = "pull-requests: write"
_ISSUES: Final = "issues: write"
_SHAPE: Final = "GITHUB_API_URL has to be the address of GitHub's own API"

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
        self.root = f"/repos/{repository}"
        self.http = Transport(variables.get("GITHUB_API_URL") or _DEFAULT, token)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.session.close()

    def head(self, branch: str) -> str:
        """The commit at the end of a branch."""
        if {"", ".", ".."} & set(branch.split("/")):  # which would be another address
            raise UsageError(f"'{branch}' is no branch", "give its name as git shows it")
        path = f"{self.root}/git/ref/heads/{quote(branch, safe='/')}"
        answer = self.http.get(path, _CONTENTS)
        return _understood("GET", path, answer, _commit_of_ref)

    def pulls_of(self, commit: str) -> list[Pull]:
        """The pull requests that have a commit in them."""
        return self._list(f"{self.root}/commits/{quote(commit, safe='')}/pulls", _PULLS, _pull)

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
        """The open issues with this label, without the pull requests that GitHub lists too."""
        path, wanted = f"{self.root}/issues", {"state": "open", "labels": label}
        found = self._list(path, _ISSUES, _issue_or_pull, wanted)
        return [issue for issue in found if issue is not None]

    def open_issue(self, title: str, body: str, label: str) -> Text:
        """GitHub makes the label if there is none."""
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
        return [_understood("GET", path, one, read) for one in pages]

    def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        right: str,
        read: Callable[[Shape], Text],
    ) -> Text:
        answer = self.http.write(method, path, body, right)
        return _understood(method, path, answer, read)


def _understood(method: str, path: str, answer: Json, read: Callable[[Shape], Read]) -> Read:
    try:
        return read(Shape({"answer": answer}).object("answer"))
    except WrongShapeError as error:
        message = f"{method} {path}: the answer is not GitHub's: {error}"
        raise Unavailable(message, _SHAPE) from error


def _commit_of_ref(ref: Shape) -> str:
    return ref.object("object").required("sha", str)


def _text(found: Shape, number: str) -> Text:
    author = found.optional_object("user")  # null once an account is gone
    return Text(
        found.required(number, int),
        author.required("login", str) if author else "",
        bot=author is not None and author.required("type", str) == "Bot",
        body=found.optional("body", str, ""),
        url=found.required("html_url", str),
    )


def _comment(found: Shape) -> Text:
    return _text(found, "id")


def _issue(found: Shape) -> Text:
    return _text(found, "number")


def _issue_or_pull(found: Shape) -> Text | None:
    return None if "pull_request" in found.values else _issue(found)


def _pull(found: Shape) -> Pull:
    return Pull(
        found.required("number", int),
        merged=found.optional("merged_at", str) is not None,
        commit=found.optional("merge_commit_sha", str, ""),
        base=found.object("base").required("ref", str),
        labels=tuple(label.required("name", str) for label in found.objects("labels")),
    )
