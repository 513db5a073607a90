"""The notes of a merge request. https://docs.gitlab.com/api/notes/

The token is sent in a header and appears in no message. A write is never sent again after a lost
answer: the next pipeline finds the note and edits it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from fieldkeep import __version__
from fieldkeep.core.common.shape import Shape, WrongShapeError
from fieldkeep.edges import http
from fieldkeep.edges.deadline import Deadline
from fieldkeep.edges.trusted_hosts import require_trusted
from fieldkeep.errors import Unanswered, Unavailable, UsageError
from fieldkeep.model import MAX_INPUT_BYTES, Json

TOKEN: Final = "GITLAB_TOKEN"  # noqa: S105 - the variable's name
_MAX_PAGES: Final = 50
_TIMES: Final = (5.0, 30.0)  # seconds to connect, seconds between two bytes
_WHOLE_SECONDS: Final = 60.0
_AGAIN: Final = "run the job again"
_ADDRESS: Final = "CI_API_V4_URL has to be the address of GitLab's own API"
_RIGHT: Final = f"{TOKEN} needs the scope `api` and the role Reporter in this project"
_HINTS: Final = http.Hints(_AGAIN, tls=_ADDRESS, large=_ADDRESS, late=_AGAIN, not_json=_ADDRESS)


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a merge request."""

    number: int
    body: str


class GitLab:
    """One project; ``with GitLab(os.environ) as gitlab``. Every method raises Unavailable."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        base, project = variables.get("CI_API_V4_URL", ""), variables.get("CI_PROJECT_ID", "")
        if not _is_address(base):
            raise UsageError("CI_API_V4_URL is no address", "GitLab sets it in every job")
        if not (project.isascii() and project.isdecimal()):
            raise UsageError("CI_PROJECT_ID is no number", "GitLab sets it in every job")
        token = variables.get(TOKEN, "").strip()
        if not token or not token.isascii() or not token.isprintable():
            raise UsageError(f"{TOKEN} holds no token", "set it to a project access token")
        require_trusted(f"the token in the variable {TOKEN}", base, variables)
        self.base, self.project = base.rstrip("/"), f"/projects/{project}"
        self.session = http.session()
        self.session.headers.update(
            {"PRIVATE-TOKEN": token, "User-Agent": f"fieldkeep/{__version__}"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def own_notes(self, merge_request: int) -> list[Note]:
        """The notes that this token's user wrote, oldest first."""
        me = self._id_of_user()
        path = f"{self.project}/merge_requests/{merge_request}/notes"
        notes: list[Note] = []
        for page in range(1, _MAX_PAGES + 1):
            asked = {"per_page": "100", "page": str(page), "sort": "asc"}
            entries = self._read(path, asked)
            if not isinstance(entries, list):
                raise Unavailable(f"GET {path}: the answer is not a list", _ADDRESS)
            for entry in entries:
                try:
                    shape = Shape({"note": entry}).object("note")
                    if shape.object("author").required("id", int) == me:
                        notes.append(_note(shape))
                except WrongShapeError as error:
                    message = f"GET {path}: the answer is not GitLab's: {error}"
                    raise Unavailable(message, _ADDRESS) from error
            if len(entries) < int(asked["per_page"]):
                return notes
        raise Unavailable(f"GET {path}: more than {_MAX_PAGES} pages", "delete old notes")

    def write_note(self, merge_request: int, body: str) -> None:
        self._write("POST", f"{self.project}/merge_requests/{merge_request}/notes", body)

    def edit_note(self, merge_request: int, note: int, body: str) -> None:
        self._write("PUT", f"{self.project}/merge_requests/{merge_request}/notes/{note}", body)

    def _id_of_user(self) -> int:
        try:
            return Shape({"user": self._read("/user", {})}).object("user").required("id", int)
        except WrongShapeError as error:
            raise Unavailable(
                f"GET /user: the answer is not GitLab's: {error}", _ADDRESS
            ) from error

    def _read(self, path: str, params: Mapping[str, str]) -> Json:
        return http.retried(lambda: self._ask("GET", path, params=params))

    def _write(self, method: str, path: str, body: str) -> None:
        try:
            self._ask(method, path, json={"body": body})
        except (http.Transient, http.Unusable) as error:
            raise Unanswered(f"{error}; it may have been done", _AGAIN) from error

    def _ask(self, method: str, path: str, **options: Any) -> Json:
        what = f"{method} {path}"
        whole = Deadline(_WHOLE_SECONDS)
        with http.requested(
            self.session, method, self.base + path, what, _HINTS, _TIMES, whole, **options
        ) as response:
            content = http.content(what, response, MAX_INPUT_BYTES, whole, _HINTS)
            said = _message(content).replace(str(self.session.headers["PRIVATE-TOKEN"]), "***")
            _refuse(what, response.status_code, http.retry_after(response.headers), said)
            return http.decoded(what, content, _HINTS)


def _note(shape: Shape) -> Note:
    return Note(shape.required("id", int), shape.required("body", str))


def _refuse(what: str, status: int, pause: float, said: str) -> None:
    if status in http.BUSY:
        raise http.Transient(f"{what}: HTTP {status}", _AGAIN, pause)
    if status in (401, 403, 404):
        raise Unavailable(f"{what}: HTTP {status}{said}", _RIGHT)
    if status not in (200, 201):
        raise Unavailable(f"{what}: HTTP {status}{said}", _ADDRESS)


def _is_address(base: str) -> bool:
    """By the parser that sends the request, which is stricter than the standard library's."""
    try:
        url = parse_url(base)
    except LocationParseError:
        return False
    return url.scheme in ("http", "https") and bool(url.host) and not url.auth


def _message(content: bytes) -> str:
    """The beginning of GitLab's own message in parentheses, or ''."""
    try:
        message = json.loads(content)["message"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return f" ({message[:200]})" if isinstance(message, str) and message else ""
