"""Secrets go to hosts that the user trusts, whatever the settings of a checkout name."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fieldkeep.core.plan.usage import Unknown
from fieldkeep.edges.labels import consul_services
from fieldkeep.edges.trusted_hosts import VARIABLE, require_trusted, trusted_hosts
from fieldkeep.errors import Refused, UsageError
from fieldkeep.settings.sources import Access
from tests.real import forked
from tests.real.forked import Done

SECRET = "s3cr3t-0123"
PATIENCE = 60
CATALOG = """
scrape_configs:
- job_name: services
  consul_sd_configs: [{server: '127.0.0.1:1'}]
  relabel_configs: [{source_labels: [__meta_consul_service], target_label: service}]
"""


@dataclass
class Listener:
    """A server that keeps the headers of each request, and answers 404."""

    port: int
    requests: list[dict[str, str]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def heard(self, secret: str) -> bool:
        return any(secret in value for headers in self.requests for value in headers.values())


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.requests.append(dict(self.headers))
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's stderr clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Listener(server.server_port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Kind:
    """A secret: the project's settings, where it is, and the command that sends it. ``sent`` is
    what arrives in a header."""

    settings: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    named: str
    sent: str = SECRET


def _source(settings: str) -> str:
    return f"[tool.fieldkeep.sources.north]\n{settings}\n"


SERVER = 'where = "http://$host"\n'
PAIR = "bWU6czNjcjN0LTAxMjM="  # me:s3cr3t-0123
CONSUL = '[tool.fieldkeep]\nstore = "consul://$host"\n'
FILES = 'where = "prometheus.yml"\n'
GITHUB = {
    "GITHUB_TOKEN": SECRET,
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_SHA": "a" * 40,
    "GITHUB_API_URL": "http://$host",
}
ENV = {"NORTH": SECRET}
EXTRACT = ("extract",)
KINDS = {
    "consul": Kind(CONSUL, ("-q", "status"), {"CONSUL_HTTP_TOKEN": SECRET}, "the Consul token"),
    "consul-file": Kind(
        CONSUL, ("sync",), {"CONSUL_HTTP_TOKEN_FILE": "$folder/secret"}, "the Consul token"
    ),
    "token": Kind(
        _source(SERVER + 'token_env = "NORTH"'), EXTRACT, ENV, "the token in the variable NORTH"
    ),
    "token-file": Kind(
        _source(SERVER + 'token_file = "$folder/secret"'), EXTRACT, {}, "the token in the file"
    ),
    "password": Kind(
        _source(SERVER + 'user = "me"\npassword_env = "NORTH"'),
        ("plan",),
        ENV,
        "the password in the variable NORTH",
        PAIR,
    ),
    "password-file": Kind(
        _source(SERVER + 'user = "me"\npassword_file = "$folder/secret"'),
        ("doctor",),
        {},
        "the password in the file",
        PAIR,
    ),
    "live": Kind(
        _source(FILES + 'live = "http://$host"\ntoken_env = "NORTH"'),
        EXTRACT,
        ENV,
        "the token in the variable NORTH",
    ),
    "catalog": Kind(
        _source(FILES + 'catalog = "http://$host"\ncatalog_token_env = "NORTH"'),
        ("validate", "--prometheus"),
        ENV,
        "the token in the variable NORTH",
    ),
    "explain": Kind(
        _source(SERVER + 'token_env = "NORTH"'),
        ("extract", "--explain", "site"),
        ENV,
        "the token in the variable NORTH",
    ),
    "github": Kind("", ("github", "current"), GITHUB, "the token in the variable GITHUB_TOKEN"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "fields").mkdir(parents=True)
    (folder / "secret").write_text(SECRET, "utf-8")
    (folder / "prometheus.yml").write_text(CATALOG, "utf-8")
    (folder / "fields" / "site.yaml").write_text("name: site\n", "utf-8")
    return folder


def run(project: Path, kind: Kind, listener: Listener, **environment: str) -> Done:
    def filled(text: str) -> str:
        return text.replace("$host", listener.host).replace("$folder", str(project))

    (project / "pyproject.toml").write_text(filled(kind.settings), "utf-8")
    variables = {name: filled(value) for name, value in kind.environment.items()}
    home = {"HOME": str(project.parent), "PATH": "/usr/bin:/bin", "FIELDKEEP_ACTOR": "test"}
    done = forked.run(kind.command, project, {**home, **variables, **environment}, PATIENCE)
    assert done.code != 70, done.err
    assert SECRET not in done.out + done.err
    assert PAIR not in done.out + done.err
    return done


@pytest.mark.parametrize("name", KINDS)
def test_without_a_list_a_command_says_once_where_a_secret_goes(
    name: str, project: Path, listener: Listener
) -> None:
    kind = KINDS[name]
    done = run(project, kind, listener)
    notes = [line for line in done.err.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1, done.err
    assert kind.named in notes[0]
    assert f" goes to http://{listener.host}; " in notes[0]
    assert "`~/.config/fieldkeep/trusted-hosts`" in notes[0]
    assert listener.heard(kind.sent)


@pytest.mark.parametrize("name", KINDS)
def test_with_a_list_a_secret_goes_nowhere_else(
    name: str, project: Path, listener: Listener
) -> None:
    kind = KINDS[name]
    trusted = {VARIABLE: "consul.example.com, 127.0.0.1:1"}
    done = run(project, kind, listener, **trusted)
    assert listener.requests == []
    text = done.out + done.err
    assert f"{kind.named}" in text
    assert f"would go to http://{listener.host}, which is none of your trusted hosts" in text
    assert f"add {listener.host} to {VARIABLE}" in text
    assert "note:" not in done.err
    assert done.code == 3


@pytest.mark.parametrize("name", KINDS)
def test_with_its_host_on_the_list_a_secret_goes_there_without_a_word(
    name: str, project: Path, listener: Listener
) -> None:
    kind = KINDS[name]
    folder = project.parent / ".config" / "fieldkeep"
    folder.mkdir(parents=True)
    text = f"# ours\nconsul.example.com\n{listener.host}  # here\n"
    (folder / "trusted-hosts").write_text(text, "utf-8")
    done = run(project, kind, listener)
    assert "note:" not in done.err
    assert listener.heard(kind.sent)


def test_a_count_of_services_asks_only_trusted_hosts(listener: Listener) -> None:
    url, access = f"http://{listener.host}", Access(token_env="NORTH")
    variables = {"NORTH": SECRET, VARIABLE: "elsewhere", "CONSUL_HTTP_TOKEN": SECRET}
    with pytest.raises(Refused):
        consul_services.services_of_catalog(url, access, variables)
    with pytest.raises(Refused):
        consul_services.services_of_store(f"consul://{listener.host}", variables)
    assert listener.requests == []
    variables[VARIABLE] = listener.host
    assert isinstance(consul_services.services_of_catalog(url, access, variables), Unknown)
    assert listener.heard(SECRET)


@pytest.mark.parametrize("command", [("validate",), ("plan", "--against", "git:HEAD")])
def test_what_is_safe_in_a_foreign_checkout_sends_nothing(
    command: tuple[str, ...], project: Path, listener: Listener
) -> None:
    settings = CONSUL + "".join(
        f"[tool.fieldkeep.sources.{name}]\n{place}\n"
        for name, place in {
            "north": SERVER + 'token_env = "NORTH"',
            "south": FILES + 'live = "http://$host"\ntoken_env = "NORTH"',
            "west": FILES + 'catalog = "http://$host"\ncatalog_token_env = "NORTH"',
        }.items()
    )
    (project / "pyproject.toml").write_text(settings.replace("$host", listener.host), "utf-8")
    me = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "1")):
        subprocess.run(["git", *me, *arguments], cwd=project, check=True, timeout=PATIENCE)
    kind = Kind(settings, command, {**ENV, "CONSUL_HTTP_TOKEN": SECRET}, "")
    done = run(project, kind, listener)
    assert (done.code, listener.requests) == (0, [])
    assert "note:" not in done.err


@pytest.mark.parametrize(
    ("entries", "url", "trusted"),
    [
        ("a", "http://a:8500", True),
        ("a", "https://A/path", True),
        ("a:8500", "http://a:8500", True),
        ("a:8500", "http://a:8501", False),
        ("a:443", "https://a", True),
        ("a:80", "http://a", True),
        ("https://a:8501", "https://a:8501", True),
        ("https://a:8501", "http://a:8501", False),
        ("https://a/", "https://a:1", True),
        ("[::1]:8500", "http://[::1]:8500", True),
        ("a", "http://b.a", False),
        ("a", "http://a.b", False),
        ("x a\n b", "http://b", True),
        ("x,a ,b", "http://a", True),
        # what the HTTP client connects to is evil
        ("a", "http://evil\\.a", False),
        ("a", "http://a@evil", False),
        (" ", "http://a", False),
    ],
)
def test_a_host_of_the_list(entries: str, url: str, *, trusted: bool) -> None:
    variables = {VARIABLE: entries}
    if trusted:
        require_trusted("it", url, variables)
    else:
        with pytest.raises(Refused, match="nothing was sent"):
            require_trusted("it", url, variables)


@pytest.mark.parametrize("entry", ["*.example.com", "ftp://a", "a/b", "u:p@a", "::1", "a:99999"])
def test_what_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(UsageError) as error:
        trusted_hosts({VARIABLE: f"a {entry}"})
    assert "u:p" not in str(error.value)


def test_the_variable_replaces_the_file_and_an_empty_file_trusts_none(tmp_path: Path) -> None:
    variables = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/nonexistent"}
    assert trusted_hosts(variables).entries is None
    path = tmp_path / "fieldkeep" / "trusted-hosts"
    path.parent.mkdir()
    path.write_text("# none\n", "utf-8")
    with pytest.raises(Refused, match="fieldkeep/trusted-hosts"):
        require_trusted("it", "http://a", variables)
    require_trusted("it", "http://a", {**variables, VARIABLE: "a"})
    path.write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        require_trusted("it", "http://a", variables)


def test_no_setting_of_a_project_trusts_a_host(project: Path, listener: Listener) -> None:
    kind = Kind(f'[tool.fieldkeep]\ntrusted_hosts = "{listener.host}"\n', ("validate",), {}, "")
    assert run(project, kind, listener).code == 64
