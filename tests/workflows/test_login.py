"""A token of minutes: Consul hands it out for what GitHub says of the job, and takes it back."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.actions.api import Api
from tests.real.required import required
from tests.real.servers import ConsulServer
from tests.workflows.published import ROOT
from tests.workflows.test_recover import CONFIRMED
from tests.workflows.world import READ, REPOSITORY, WRITE, World

RULES = {
    "staging-plan": (READ, 'value.environment == "staging-plan"'),
    "staging": (
        WRITE,
        'value.environment == "staging" and value.ref == "refs/heads/main"',
    ),
}


@pytest.fixture
def world(
    tmp_path: Path, first: Path, consul_acl: ConsulServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Nothing is stored: Consul knows GitHub's key, and which job may do what."""
    path = f"{required('consul').parent}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    with Api(REPOSITORY) as api:
        made = World(tmp_path, first, api, consul_acl, method=f"github-{uuid.uuid4().hex}")
        _method(made, api)
        yield made
        consul_acl.ask("DELETE", f"/v1/acl/auth-method/{made.method}")


def _method(world: World, api: Api) -> None:
    claims = {name: name for name in ("repository", "ref", "environment")}
    config = {
        "JWTValidationPubKeys": [api.public_key()],
        "JWTSupportedAlgs": ["RS256"],
        "BoundIssuer": api.url,
        "BoundAudiences": ["fieldkeep"],
        "ClaimMappings": claims,
    }
    body = {"Name": world.method, "Type": "jwt", "MaxTokenTTL": "20m", "Config": config}
    world.consul.ask("PUT", "/v1/acl/auth-method", body)
    for name, (rules, selector) in RULES.items():
        unique = f"{name}-{world.method}"
        policy = {"Name": unique, "Rules": rules.format(world.keys["staging"])}
        made = world.consul.ask("PUT", "/v1/acl/policy", policy)
        role = {"Name": unique, "Policies": [{"ID": made["ID"]}]}
        world.consul.ask("PUT", "/v1/acl/role", role)
        bound = f'value.repository == "{REPOSITORY}" and {selector}'
        rule = {"AuthMethod": world.method, "BindType": "role", "BindName": unique}
        world.consul.ask("PUT", "/v1/acl/binding-rule", {**rule, "Selector": bound})


def tokens(world: World) -> list[Any]:
    """Those that the method handed out and that are still good."""
    listed = world.consul.ask("GET", f"/v1/acl/tokens?authmethod={world.method}")
    return list(listed)


def test_a_job_gets_a_token_that_may_do_what_its_environment_may(world: World) -> None:
    done = world.run("recover", world.by_hand(**CONFIRMED))
    assert done.conclusion == "success", str(done)
    assert done.jobs["fieldkeep / recover"].secrets == frozenset()
    assert len(world.value("staging")["fields"]) == 25
    assert tokens(world) == []

    # looking is done with the other role, which cannot write, and its token is gone as well
    looked = {"environment": "staging", "action": "plan", "reason": "a look"}
    assert world.run("recover", world.by_hand(**looked)).conclusion == "success"
    assert tokens(world) == []


def test_a_job_of_another_environment_gets_none(world: World) -> None:
    wrong = {**CONFIRMED, "environment": "production", "confirm": "production"}
    done = world.run("recover", world.by_hand(**wrong))
    step = done.jobs["fieldkeep / look"].step("Log in to Consul")
    assert (step.outcome, done.conclusion) == ("failure", "failure")
    assert world.bytes("production") == {}
    assert tokens(world) == []


def test_nothing_that_proves_who_a_job_is_stays_where_the_login_failed(tmp_path: Path) -> None:
    """A runner of one's own may live on after the job."""
    tools = tmp_path / "bin"
    tools.mkdir()
    curl = tools / "curl"
    curl.write_text('#!/bin/sh\nwhile [ "$1" != --output ]; do shift; done\necho secret > "$2"\n')
    curl.chmod(0o755)
    temp = tmp_path / "temp"
    temp.mkdir()
    done = subprocess.run(
        [ROOT / ".github" / "bin" / "consul-login"],
        env={
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "CONSUL_HTTP_ADDR": "127.0.0.1:1",
            "CONSUL_AUTH_METHOD": "github",
            "RUNNER_TEMP": str(temp),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t",
            "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:1/?a=b",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "secret" not in done.stdout + done.stderr
    assert list(temp.iterdir()) == []


def test_a_stored_token_beside_the_method_is_refused(tmp_path: Path) -> None:
    """It would win over the token of minutes, whatever it may do."""
    done = subprocess.run(
        [ROOT / ".github" / "bin" / "consul-login"],
        env={
            "PATH": os.environ["PATH"],
            "CONSUL_HTTP_ADDR": "127.0.0.1:1",
            "CONSUL_AUTH_METHOD": "github",
            "CONSUL_HTTP_TOKEN": "5ecret",
            "RUNNER_TEMP": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 64
    assert "delete the secret" in done.stderr
    assert "5ecret" not in done.stdout + done.stderr
