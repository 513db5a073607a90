"""The page about GitHub is run as far as Consul is concerned: its commands, word by word."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from tests.actions.api import Api
from tests.real.required import required
from tests.real.servers import ConsulServer
from tests.workflows.published import ROOT

PAGE = (ROOT / "docs" / "setup-github.md").read_text("utf-8")
RIGHTS = (ROOT / "docs" / "consul-acl.md").read_text("utf-8")
TOKENS = PAGE.split("## 4. A token for Consul")[1].split("\n## ")[0]
FILES = tuple(f"fieldkeep-{name}.hcl" for name in ("plan", "sync", "count", "capture"))


def commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", TOKENS, re.DOTALL)
    return [part.rstrip("\n") for block in blocks for part in re.split(r"(?m)^\$ ", block)[1:]]


def required_checks() -> tuple[str, ...]:
    """The names that the page says to require of every repository."""
    (line,) = re.findall(r"(?m)^- required check: (.*)$", PAGE)
    return tuple(re.findall(r"`([^`]+)`", line))


def test_its_commands_make_tokens_for_jobs(tmp_path: Path, consul_acl: ConsulServer) -> None:
    for name, block in zip(FILES, re.findall(r"```hcl\n(.*?)```", RIGHTS, re.DOTALL), strict=True):
        (tmp_path / name).write_text(block, "utf-8")
    environment = {
        "PATH": f"{required('consul').parent}{os.pathsep}{os.environ['PATH']}",
        "CONSUL_HTTP_ADDR": consul_acl.address,
        "CONSUL_HTTP_TOKEN": consul_acl.management,
    }
    with Api("your-org/your-repo") as api:
        # GitHub's own address is not asked from here; the page says what stands for it.
        key = f'"JWTValidationPubKeys": [{json.dumps(api.public_key())}]'
        asked = '"OIDCDiscoveryURL": "https://token.actions.githubusercontent.com"'
        issuer = '"BoundIssuer": "https://token.actions.githubusercontent.com"'
        listed = commands()
        assert len(listed) == 15
        for written in listed:
            command = written.replace(asked, key).replace(issuer, f'"BoundIssuer": "{api.url}"')
            done = subprocess.run(
                ["bash", "-ec", command],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        rights = {
            ("production-plan", "refs/pull/1/merge"): ["fieldkeep-read"],
            ("production", "refs/heads/main"): ["fieldkeep-write"],
            ("production", "refs/heads/other"): None,
            ("production-capture", "refs/heads/main"): ["fieldkeep-capture"],
            ("production-capture", "refs/heads/other"): None,
        }
        for (name, ref), roles in rights.items():
            assert roles_of(api, consul_acl, environment=name, ref=ref) == roles


def roles_of(api: Api, consul: ConsulServer, **claims: str) -> list[str] | None:
    """Those of the token that Consul hands out to such a job; None where it hands out none."""
    import requests

    url, bearer = api.job(claims)
    asked = {"Authorization": f"Bearer {bearer}"}
    identity = requests.get(f"{url}&audience=fieldkeep", headers=asked, timeout=30).json()["value"]
    body = json.dumps({"AuthMethod": "github", "BearerToken": identity}).encode()
    answer = consul.request("POST", "/v1/acl/login", body=body)
    if answer.status_code == 403:
        return None
    return [role["Name"] for role in answer.json()["Roles"]]
