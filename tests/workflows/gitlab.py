"""As much of GitLab as the template needs: rules, the shell lines of a job, and notes of a merge
request. What it does not know is an error of the test."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import yaml

TOKEN = "glpat-s3cret"
_KNOWN = {
    *("extends", "stage", "rules", "script", "artifacts", "environment", "resource_group"),
    *("image", "interruptible", "variables", "cache", "before_script"),
}


@dataclass(frozen=True)
class Ran:
    code: int
    log: str


@dataclass
class Pipeline:
    """The jobs of a pipeline file. ``variables`` are those of the project, by environment."""

    file: Path
    variables: Mapping[str, Mapping[str, str]]
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        read = yaml.safe_load(self.file.read_text("utf-8"))
        for name, given in read.pop("variables").items():
            self.ours[name] = given["value"] if isinstance(given, dict) else given
        for job in read.values():
            assert set(job) <= _KNOWN, set(job) - _KNOWN
        for name, job in read.items():
            if not name.startswith("."):
                self.jobs[name] = {**read[job.pop("extends")], **job}

    def chosen(self, given: Mapping[str, str]) -> dict[str, str]:
        """The jobs that the pipeline has, each with its ``when``."""
        values = {**self.ours, **given}
        jobs = {}
        for name, job in self.jobs.items():
            for rule in job["rules"]:
                if _holds(rule["if"], values):
                    jobs[name] = rule.get("when", "on_success")
                    break
        return jobs

    def run(self, name: str, folder: Path, given: Mapping[str, str], path: str) -> Ran:
        """One job, as the runner's shell runs it: all of its lines in one bash that stops at the
        first failure."""
        job = self.jobs[name]
        assert name in self.chosen(given), f"{name} is not in this pipeline"
        environment = job.get("environment", {}).get("name", "")
        shell = {
            **{key: os.environ[key] for key in ("TMPDIR",) if key in os.environ},
            "PATH": path,
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "CI": "true",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GITLAB_CI": "true",
            **self.ours,
            **job.get("variables", {}),
            **self.variables[""],
            **self.variables.get(environment, {}),
            "CI_PROJECT_DIR": str(folder),
            **given,
        }
        lines = "\n".join([*job["before_script"], *job["script"]])
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", lines],
            cwd=folder,
            env=shell,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout + done.stderr)


def _holds(condition: str, values: Mapping[str, str]) -> bool:
    """Terms that are joined by &&: a variable alone, or compared with a text or another one."""

    def value(word: str) -> str:
        if word.startswith("$"):
            return values.get(word[1:], "")
        assert re.fullmatch(r'"[^"]*"', word), word
        return word.strip('"')

    for term in condition.split(" && "):
        match term.split():
            case [word]:
                truth = value(word) != ""
            case [left, "==", right]:
                truth = value(left) == value(right)
            case _:
                raise AssertionError(term)
        if not truth:
            return False
    return True


class Notes:
    """The notes of merge request 7 of project 42: ``with Notes() as gitlab``."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = [
            {"id": 1, "author": {"id": 5}, "body": "<!-- fieldkeep:plan -->\n\nnot ours"}
        ]
        self.wrote: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v4"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        place, _, _ = path.partition("?")
        notes = "/api/v4/projects/42/merge_requests/7/notes"
        match method, place.removeprefix(notes):
            case "GET", "/api/v4/user":
                return 200, {"id": 9}
            case "GET", "":
                return 200, self.notes
            case "POST", "":
                self.wrote.append("POST")
                note = {"id": len(self.notes) + 1, "author": {"id": 9}, **body}
                self.notes.append(note)
                return 201, note
            case "PUT", rest:
                self.wrote.append("PUT")
                (note,) = [note for note in self.notes if f"/{note['id']}" == rest]
                assert note["author"]["id"] == 9
                note |= body
                return 200, note
        return 404, {"message": "404 Not found"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(size)) if size else None
                if self.headers.get("PRIVATE-TOKEN") != TOKEN:
                    given = self.headers.get("PRIVATE-TOKEN")
                    status, said = 401, {"message": f"401 Unauthorized {given}"}
                else:
                    status, said = outer.answer(self.command, self.path, body)
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815 - their names there

            def log_message(self, *_: object) -> None:
                pass

        return Handler
