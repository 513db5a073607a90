"""A small GitHub on the loopback: comments, issues, refs, pull requests, and the identity tokens of
a job. What it does not know, and what GitHub would not take, is an error of the
test that asked: `with Api(...) as api` raises it at its end.

Tokens have the rights that a workflow's `permissions:` would give them; a call without its right is
answered 403 as GitHub does, an unknown token 401.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
_LEVELS = {"none": 0, "read": 1, "write": 2}
_MOST = 65_536  # characters of a body


@dataclass(frozen=True)
class Asked:
    """One request, as the test may want to look at it."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class StrictError(Exception):
    """Nothing that a correct caller sends."""


class Api:
    """``repository`` is OWNER/NAME; ``origin`` the bare repository whose refs are shown."""

    def __init__(self, repository: str = "acme/fields", origin: Path | None = None) -> None:
        self.repository, self.origin = repository, origin
        self.errors: list[str] = []
        self.asked: list[Asked] = []
        self.comments: list[dict[str, Any]] = []
        self.issues: dict[int, dict[str, Any]] = {}
        self.labels: set[str] = set()
        self.runs: dict[int, dict[str, Any]] = {}
        self.failing: list[Answer] = []  # what the next requests get instead of their answers
        self._tokens: dict[str, Mapping[str, str]] = {}
        self._jobs: dict[str, Mapping[str, str]] = {}
        self._last = 0
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if kind is None:
            assert self.errors == []

    # ------------------------------------------------------------------ what a test sets and sees

    def token(self, permissions: Mapping[str, str]) -> str:
        """A job's token; what is not named is not granted."""
        assert set(permissions.values()) <= set(_LEVELS)
        made = f"ghs_{secrets.token_hex(18)}"
        self._tokens[made] = dict(permissions)
        return made

    def job(self, claims: Mapping[str, str]) -> tuple[str, str]:
        """What a job with `id-token: write` finds in ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN.
        ``claims`` are ref, environment and so on; repository and sub are made from them."""
        bearer = secrets.token_hex(18)
        self._jobs[bearer] = dict(claims)
        return f"{self.url}/_oidc/token?api-version=2.0", bearer

    @cached_property
    def key(self) -> Any:
        """The private key that signs identity tokens."""
        from cryptography.hazmat.primitives.asymmetric import rsa

        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public_key(self) -> str:
        """The other half, PEM, for who has to believe them."""
        from cryptography.hazmat.primitives import serialization

        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return str(public, "ascii")

    def pull(
        self,
        *,
        labels: tuple[str, ...] = (),
        base: str = "main",
        merged_as: str | None = None,
        commits: tuple[str, ...] = (),
    ) -> int:
        """A pull request, merged as that commit or open; `commits` are others that it has."""
        number = self._number()
        self.labels |= set(labels)
        self.issues[number] = {
            "number": number,
            "title": f"Pull request {number}",
            "body": None,
            "user": {"login": "ann", "id": 7, "type": "User"},
            "state": "closed" if merged_as else "open",
            "labels": list(labels),
            "pull": {"merged_as": merged_as, "base": base, "commits": list(commits)},
        }
        return number

    def write_comment(self, number: int, body: str, login: str, kind: str = "User") -> int:
        """Somebody else's comment."""
        user = {"login": login, "id": 9, "type": kind}
        return int(self._new_comment(number, body, user)["id"])

    def write_issue(self, body: str, login: str, labels: tuple[str, ...] = ()) -> int:
        """Somebody else's issue."""
        user = {"login": login, "id": 9, "type": "User"}
        return int(self._new_issue("An issue", body, list(labels), user)["number"])

    def bodies(self, number: int) -> list[str]:
        """The comments of an issue or pull request."""
        return [str(c["body"]) for c in self.comments if c["issue"] == number]

    def wrote(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method != "GET"]

    # ------------------------------------------------------------------ answers

    def _answer(self, method: str, target: str, token: str, raw: bytes) -> Answer:
        parts = urlsplit(target)
        path, pairs = unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True)
        query = dict(pairs)
        if len(query) != len(pairs):
            raise StrictError("a query parameter is given twice")
        body = json.loads(raw) if raw else None
        with self._lock:
            self.asked.append(Asked(method, path, query, body))
            if self.failing:
                return self.failing.pop(0)
            if path == "/_oidc/token":
                return self._identity(method, query, token)
            if token not in self._tokens:
                return Answer(401, {"message": "Bad credentials", "status": "401"})
            prefix = f"/repos/{self.repository}/"
            if not path.startswith(prefix):
                raise StrictError(f"no such repository here: {path}")
            for wanted, pattern, route in _ROUTES:
                found = re.fullmatch(pattern, path.removeprefix(prefix))
                if found and wanted == method:
                    call = Call(query, body, self._tokens[token])
                    done = route(self, call, *found.groups())
                    if call.query:
                        raise StrictError(f"unknown query parameters {sorted(call.query)}")
                    return done
            raise StrictError("no such route")

    def _identity(self, method: str, query: dict[str, str], bearer: str) -> Answer:
        import jwt

        if method != "GET" or query.pop("api-version", "") != "2.0":
            raise StrictError("an identity token is asked for by GET, at the address given")
        if bearer not in self._jobs:
            return Answer(401, {"message": "Bad credentials"})
        audience = query.pop("audience", None)
        if query:
            raise StrictError(f"unknown query parameters {sorted(query)}")
        claims, now = self._jobs[bearer], int(time.time())
        owner = self.repository.split("/")[0]
        where = f"environment:{claims['environment']}" if claims.get("environment") else None
        signed = {
            "iss": self.url,
            "aud": audience or f"https://github.com/{owner}",
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "jti": secrets.token_hex(8),
            "repository": self.repository,
            "repository_owner": owner,
            "sub": f"repo:{self.repository}:{where or 'ref:' + claims.get('ref', '')}",
            **claims,
        }
        return Answer(200, {"value": jwt.encode(signed, self.key, "RS256")})

    def ref(self, call: Call, branch: str) -> Answer:
        call.needs("contents", "read")
        commit = self._commit(branch)
        if commit is None:
            raise RefusedError(404, "Not Found")
        name = f"refs/heads/{branch}"
        return Answer(200, {"ref": name, "object": {"type": "commit", "sha": commit}})

    def run(self, call: Call, number: str) -> Answer:
        call.needs("actions", "read")
        if int(number) not in self.runs:
            raise RefusedError(404, "Not Found")
        return Answer(200, {"id": int(number), **self.runs[int(number)]})

    def pulls_of(self, call: Call, sha: str) -> Answer:
        call.needs("pull-requests", "read")
        found = [
            self._pull(issue)
            for issue in self.issues.values()
            if (pull := issue.get("pull")) and sha in {pull["merged_as"], *pull["commits"]}
        ]
        return self._page(call, found)

    def list_pulls(self, call: Call) -> Answer:
        call.needs("pull-requests", "read")
        state, head = call.query.pop("state", "open"), call.query.pop("head", None)
        if state not in {"open", "closed", "all"}:
            raise StrictError(f"state {state}")
        found = [
            self._pull(issue)
            for issue in reversed(self.issues.values())
            if (pull := issue.get("pull"))
            and state in {"all", issue["state"]}
            and head in {None, f"{self.repository.split('/')[0]}:{pull.get('branch')}"}
        ]
        return self._page(call, found)

    def create_pull(self, call: Call) -> Answer:
        call.needs("pull-requests", "write")
        head, base = call.text("head"), call.text("base")
        made = self._new_issue(call.text("title"), call.text("body"), [], BOT)
        call.nothing_else()
        issue = self.issues[made["number"]]
        if self._commit(head) in {None, self._commit(base)}:
            raise RefusedError(422, f"No commits between {base} and {head}")
        for other in self.issues.values():
            if other["state"] == "open" and other.get("pull", {}).get("branch") == head:
                raise RefusedError(422, f"A pull request already exists for {head}.")
        issue["pull"] = {"merged_as": None, "base": base, "commits": [], "branch": head}
        return Answer(201, self._pull(issue))

    def edit_pull(self, call: Call, number: str) -> Answer:
        call.needs("pull-requests", "write")
        issue = self.issues.get(int(number))
        if issue is None or "pull" not in issue:
            raise RefusedError(404, "Not Found")
        for name in ("title", "body"):
            if name in call.body:
                issue[name] = call.text(name)
        if call.body.pop("state", None) == "closed":
            self.close(int(number))
        call.nothing_else()
        return Answer(200, self._pull(issue))

    def close(self, number: int) -> None:
        """A pull request, without a merge; it keeps the commit that its branch has now."""
        issue = self.issues[number]
        issue["state"], issue["pull"]["sha"] = "closed", self._commit(issue["pull"]["branch"])

    def _commit(self, branch: str) -> str | None:
        assert self.origin is not None, "this test has no origin"
        wanted = ("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}")
        done = subprocess.run(
            ["git", "-C", str(self.origin), *wanted], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or None

    def list_comments(self, call: Call, number: str) -> Answer:
        self._may(call, int(number), "read")
        return self._page(call, [c for c in self.comments if c["issue"] == int(number)])

    def create_comment(self, call: Call, number: str) -> Answer:
        self._may(call, int(number), "write")
        return Answer(201, self._new_comment(int(number), call.text("body"), BOT))

    def edit_comment(self, call: Call, number: str) -> Answer:
        comment = next((c for c in self.comments if c["id"] == int(number)), None)
        if comment is None:
            raise RefusedError(404, "Not Found")
        self._may(call, comment["issue"], "write")
        comment["body"] = call.text("body")
        call.nothing_else()
        return Answer(200, comment)

    def list_issues(self, call: Call) -> Answer:
        call.needs("issues", "read")
        state = call.query.pop("state", "open")
        labels = [label for label in call.query.pop("labels", "").split(",") if label]
        creator = call.query.pop("creator", None)
        if state not in {"open", "closed", "all"}:
            raise StrictError(f"state {state}")
        found = [
            self._issue(issue)
            for issue in reversed(self.issues.values())
            if state in {"all", issue["state"]}
            and set(labels) <= set(issue["labels"])
            and creator in {None, issue["user"]["login"]}
        ]
        return self._page(call, found)

    def create_issue(self, call: Call) -> Answer:
        call.needs("issues", "write")
        labels = call.body.pop("labels", [])
        made = self._new_issue(call.text("title"), call.text("body"), labels, BOT)
        call.nothing_else()
        return Answer(201, made)

    def edit_issue(self, call: Call, number: str) -> Answer:
        call.needs("issues", "write")
        if int(number) not in self.issues:
            raise RefusedError(404, "Not Found")
        issue = self.issues[int(number)]
        for name in ("title", "body"):
            if name in call.body:
                issue[name] = call.text(name)
        if "state" in call.body:
            issue["state"] = call.body.pop("state")
            if issue["state"] not in {"open", "closed"}:
                raise StrictError(f"state {issue['state']}")
        if call.body.pop("state_reason", None) not in {
            None,
            "completed",
            "not_planned",
            "reopened",
        }:
            raise StrictError("state_reason")
        call.nothing_else()
        return Answer(200, self._issue(issue))

    def _may(self, call: Call, number: int, level: str) -> None:
        """Comments of a pull request may be written with either right."""
        issue = self.issues.get(number)
        if issue is None:
            raise RefusedError(404, "Not Found")
        if "pull" in issue and call.has("pull-requests", level):
            return
        call.needs("issues", level)

    # ------------------------------------------------------------------ what is kept

    def _number(self) -> int:
        self._last += 1
        return self._last

    def _new_comment(self, number: int, body: str, user: Mapping[str, Any]) -> dict[str, Any]:
        kind = "pull" if "pull" in self.issues[number] else "issues"
        identifier = 1000 + len(self.comments)
        page = f"https://github.com/{self.repository}/{kind}/{number}"
        comment = {
            "id": identifier,
            "issue": number,
            "body": body,
            "user": dict(user),
            "html_url": f"{page}#issuecomment-{identifier}",
        }
        self.comments.append(comment)
        return comment

    def _new_issue(
        self, title: str, body: str, labels: list[str], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        number = self._number()
        self.labels |= set(labels)
        self.issues[number] = {
            "number": number,
            "title": title,
            "body": body,
            "user": dict(user),
            "state": "open",
            "labels": labels,
        }
        return self._issue(self.issues[number])

    def _issue(self, issue: Mapping[str, Any]) -> dict[str, Any]:
        kind = "pull" if "pull" in issue else "issues"
        shown = {name: value for name, value in issue.items() if name != "pull"}
        shown["labels"] = [{"name": name} for name in issue["labels"]]
        shown["html_url"] = f"https://github.com/{self.repository}/{kind}/{issue['number']}"
        if "pull" in issue:
            shown["pull_request"] = {"url": f"{self.url}/repos/{self.repository}/pulls/…"}
        return shown

    def _pull(self, issue: Mapping[str, Any]) -> dict[str, Any]:
        pull, merged = issue["pull"], issue["pull"]["merged_as"]
        branch = pull.get("branch")
        return {
            "number": issue["number"],
            "state": issue["state"],
            "body": issue["body"],
            "html_url": f"https://github.com/{self.repository}/pull/{issue['number']}",
            "head": {
                "ref": branch,
                "sha": pull.get("sha") or (branch and self._commit(branch)),
                "repo": {"full_name": self.repository},
            },
            "merged_at": "2026-11-22T10:00:00Z" if merged else None,
            # of an open one GitHub shows the commit of a merge that it tried
            "merge_commit_sha": merged or (pull["commits"] or [None])[-1],
            "base": {"ref": pull["base"], "repo": {"full_name": self.repository}},
            "labels": [{"name": name} for name in issue["labels"]],
        }

    def _page(self, call: Call, found: list[Any]) -> Answer:
        """As many as asked for, at most a hundred, with the address of the next."""
        size, page = int(call.query.pop("per_page", "30")), int(call.query.pop("page", "1"))
        if not 1 <= size <= 100 or page < 1:
            raise StrictError(f"per_page {size}, page {page}")
        part = found[(page - 1) * size : page * size]
        headers = {}
        if page * size < len(found):
            address = f"{self.url}/elsewhere?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{address}>; rel="next", <{address}>; rel="last"'
        return Answer(200, part, headers)

    # ------------------------------------------------------------------ http

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def _any(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
                known = token if kind.lower() in {"bearer", "token"} else ""
                try:
                    answer = api._answer(self.command, self.path, known, raw)
                except RefusedError as error:
                    answer = Answer(error.status, {"message": str(error)})
                except Exception as error:  # noqa: BLE001 - it fails the test, in its own thread
                    api.errors.append(f"{self.command} {self.path}: {error!r}")
                    answer = Answer(404, {"message": "Not Found"})
                content = b"" if answer.body is None else json.dumps(answer.body).encode()
                with suppress(OSError):
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Type", "application/json; charset=utf-8")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815

        return Handler


class Call:
    """One request on its way through a route, which takes out what it knows."""

    def __init__(self, query: dict[str, str], body: Any, permissions: Mapping[str, str]) -> None:
        self.query, self.body, self.permissions = dict(query), body, permissions

    def has(self, name: str, level: str) -> bool:
        return _LEVELS[self.permissions.get(name, "none")] >= _LEVELS[level]

    def needs(self, name: str, level: str) -> None:
        if not self.has(name, level):
            raise RefusedError(403, "Resource not accessible by integration")

    def text(self, name: str) -> str:
        """A text of the body; GitHub takes no empty one, and none that is too long."""
        value = self.body.pop(name)
        if not isinstance(value, str) or not value:
            raise StrictError(f"{name} is no text")
        if len(value) > _MOST:
            raise RefusedError(422, f"{name} is too long (maximum is {_MOST} characters)")
        return value

    def nothing_else(self) -> None:
        if self.body:
            raise StrictError(f"unknown keys {sorted(self.body)}")


_ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("GET", r"git/ref/heads/(.+)", Api.ref),
    ("GET", r"actions/runs/(\d+)", Api.run),
    ("GET", r"commits/([0-9a-f]{40})/pulls", Api.pulls_of),
    ("GET", r"pulls", Api.list_pulls),
    ("POST", r"pulls", Api.create_pull),
    ("PATCH", r"pulls/(\d+)", Api.edit_pull),
    ("GET", r"issues/(\d+)/comments", Api.list_comments),
    ("POST", r"issues/(\d+)/comments", Api.create_comment),
    ("PATCH", r"issues/comments/(\d+)", Api.edit_comment),
    ("GET", r"issues", Api.list_issues),
    ("POST", r"issues", Api.create_issue),
    ("PATCH", r"issues/(\d+)", Api.edit_issue),
]


def environment(api: Api, token: str, **more: str) -> dict[str, str]:
    """What GitHub gives a step that is to call the API."""
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": api.url,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": api.repository,
        "GITHUB_RUN_ID": "77",
        "GITHUB_TOKEN": token,
        **more,
    }
