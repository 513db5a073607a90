"""The small GitHub of the tests is strict: what GitHub would not take fails the test."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import requests

from tests.actions.api import Api


def ask(api: Api, method: str, path: str, token: str = "", body: Any = None) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {token}"}
        return session.request(method, api.url + path, json=body, headers=headers, timeout=10)


ISSUES = "/repos/acme/fields/issues"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/repos/acme/fields/nothing", None),
        ("GET", "/repos/acme/other/issues", None),
        ("DELETE", f"{ISSUES}/1", None),
        ("GET", f"{ISSUES}?labels=a&sort=x", None),
        ("GET", f"{ISSUES}?state=broken", None),
        ("GET", f"{ISSUES}?per_page=1000", None),
        ("GET", f"{ISSUES}?page=1&page=2", None),
        ("POST", ISSUES, {"title": "a", "body": "b", "colour": "c"}),
        ("POST", ISSUES, {"title": "a"}),
    ],
)
def test_what_a_correct_caller_does_not_send_is_an_error(method: str, path: str, body: Any) -> None:
    with pytest.raises(AssertionError), Api() as api:
        assert ask(api, method, path, api.token({"issues": "write"}), body).status_code == 404


def test_rights_are_asked_for() -> None:
    with Api() as api:
        assert ask(api, "GET", ISSUES, "unknown").status_code == 401
        assert ask(api, "GET", ISSUES, api.token({"contents": "write"})).status_code == 403
        assert ask(api, "GET", ISSUES, api.token({"issues": "read"})).status_code == 200


def test_lists_come_in_pages() -> None:
    with Api() as api:
        for index in range(5):
            api.write_issue(f"{index}", "ann")
        token = api.token({"issues": "read"})
        first = ask(api, "GET", f"{ISSUES}?per_page=2", token)
        assert [issue["body"] for issue in first.json()] == ["4", "3"]
        assert "next" in first.links
        last = ask(api, "GET", f"{ISSUES}?per_page=2&page=3", token)
        assert [issue["body"] for issue in last.json()] == ["0"]
        assert "next" not in last.links


def test_a_body_that_is_too_long_is_not_taken() -> None:
    with Api() as api:
        number = api.pull()
        token = api.token({"pull-requests": "write"})
        path = f"{ISSUES}/{number}/comments"
        assert ask(api, "POST", path, token, {"body": "x" * 65_536}).status_code == 201
        assert ask(api, "POST", path, token, {"body": "x" * 65_537}).status_code == 422


def test_a_job_gets_a_token_that_says_who_it_is() -> None:
    with Api() as api:
        url, bearer = api.job({"ref": "refs/heads/main", "environment": "production"})
        path = f"{url}&audience=consul".removeprefix(api.url)
        assert ask(api, "GET", path, "other").status_code == 401
        token = ask(api, "GET", path, bearer).json()["value"]
        claims = jwt.decode(token, api.public_key(), ["RS256"], audience="consul")
        assert claims["sub"] == "repo:acme/fields:environment:production"
        assert (claims["repository"], claims["ref"]) == ("acme/fields", "refs/heads/main")
