"""Those who write at the same time: commands in processes of their own, and editors."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import multiprocessing
import os
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from fieldkeep import __main__ as program
from tests.real.servers import RawConsul


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def command(arguments: list[str], variables: Mapping[str, str]) -> Ended:
    """In a worker: what `fieldkeep ARGUMENTS` does, with nothing of this process's environment."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "TMPDIR"}}
    os.environ.clear()
    os.environ.update(kept, HOME="/nonexistent", GIT_CONFIG_NOSYSTEM="1", **variables)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = program.run(arguments)
    return Ended(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that run commands one after the other, with everything imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.actors"])
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        yield pool


@dataclass
class Editor:
    """An application's user at one document. Every write says at which index it landed."""

    consul: RawConsul
    key: str
    name: str
    chance: random.Random
    versions: dict[int, dict[str, Any]] = field(default_factory=dict)  # by index: what was written
    replaced: dict[int, int] = field(default_factory=dict)  # under check-and-set: index by index
    acknowledged: list[tuple[str, str]] = field(default_factory=list)  # attribute, value
    edits: int = 0

    def read(self) -> tuple[dict[str, Any], int]:
        entry = self.consul.entry(self.key)
        assert entry is not None
        document = json.loads(base64.b64decode(entry["Value"]))
        return document.get("data", document), int(entry["ModifyIndex"])

    def edited(self, document: dict[str, Any]) -> tuple[str, str]:
        """Every edit is to an attribute of its own: an editor overwrites nothing knowingly."""
        self.edits += 1
        attribute, value = f"note_{self.name}_{self.edits}", f"{self.name} said {self.edits}"
        entry = self.chance.choice(document["fields"])
        entry[attribute] = value
        if self.chance.random() < 0.5:  # what git says otherwise
            entry["description"] = value
        return attribute, value

    def with_check(self) -> None:
        """Read, edit, write if nobody wrote since; again until it is acknowledged."""
        for _ in range(200):
            document, index = self.read()
            attribute, value = self.edited(document)
            landed = self._write("cas", json.dumps(document).encode(), index)
            if landed is not None:
                self.versions[landed] = document
                self.replaced[index] = landed
                self.acknowledged.append((attribute, value))
                return
        raise TimeoutError(f"{self.name}: nobody let this edit in")

    def without_check(self, cache: dict[str, Any]) -> None:
        """A plain write of an old copy, reordered or wrapped as some programs do."""
        document = json.loads(json.dumps(cache))
        self.edited(document)
        self.chance.shuffle(document["fields"])
        shown = (
            {"data": document, "meta": {"by": self.name}}
            if self.chance.random() < 0.3
            else document
        )
        landed = self._write("set", json.dumps(shown, indent=1).encode(), None)
        assert landed is not None
        self.versions[landed] = document

    def _write(self, verb: str, value: bytes, index: int | None) -> int | None:
        kv = {"Verb": verb, "Key": self.key, "Value": base64.b64encode(value).decode()}
        said = kv if index is None else {**kv, "Index": index}
        answer = self.consul.request("PUT", "/v1/txn", body=json.dumps([{"KV": said}]).encode())
        if answer.status_code == 409:
            return None
        answer.raise_for_status()
        return int(answer.json()["Results"][0]["KV"]["ModifyIndex"])
