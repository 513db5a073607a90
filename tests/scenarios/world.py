"""A team's world: a copy of the sample project, a store, and an application that writes to it.

The program runs as a user runs it, in a process of its own. The application writes without a
check-and-set, and nothing of ours takes part in that or in looking at what is live.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.edges.store.plain import PlainSQLite, put_row
from tests.faults import application
from tests.real import forked
from tests.real.forked import Done
from tests.real.parts import ROOT
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer
from tests.sample import put_sample
from tests.scenarios.look import Look

PATIENCE = 60
OURS = ("", ".backup", ".backup.history", ".sync")
WHO = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")

Edit = Callable[[dict[str, dict[str, Any]]], None]


class Project:
    """The sample project's data in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        put_sample(root)
        shutil.copytree(ROOT / "schema", root / "schema")

    def field(self, name: str, text: str) -> None:
        (self.root / "fields" / f"{name}.yaml").write_text(text, "utf-8")

    def no_field(self, name: str) -> None:
        (self.root / "fields" / f"{name}.yaml").unlink()

    def without_label(self, label: str, *sites: str) -> None:
        """Take a label's rules out of the sites' Prometheus: they now set a temporary one."""
        for site in sites:
            path = self.root / "prometheus" / f"{site}.yml"
            pattern = rf"target_label: '?{label}'?(?=[\s,}}])"
            text, count = re.subn(pattern, f"target_label: __tmp_{label}", path.read_text("utf-8"))
            assert count > 0
            path.write_text(text, "utf-8")

    def with_rule(self, site: str, rule: str) -> None:
        """Add a scrape job with one relabel rule, last in the site's configuration."""
        path = self.root / "prometheus" / f"{site}.yml"
        discovery = "{server: '127.0.0.1:8500', services: [newcomer]}"
        job = f"\n  - job_name: newcomer\n    consul_sd_configs: [{discovery}]\n"
        job += f"    relabel_configs:\n      - {rule}\n"
        path.write_text(path.read_text("utf-8") + job, "utf-8")

    # ------------------------------------------------------------------ git

    def git(self, *arguments: str) -> str:
        command = ["git", *WHO, "-C", str(self.root), *arguments]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE,
            env=environment(),
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Everything as a commit; the first one makes the repository."""
        if not (self.root / ".git").exists():
            self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")


def environment() -> dict[str, str]:
    """Nothing of the machine's own settings, so that the command line says it all."""
    inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {
        **inherited,
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "FIELDKEEP_ACTOR": "scenario",
    }


class World(ABC):
    """``run`` gives the common options; ``key`` is the document's."""

    kind: str
    shared: bool
    plain: PlainSQLite | ConsulServer

    def __init__(self, project: Project, url: str, key: str) -> None:
        self.project, self.url, self.key = project, url, key

    # ------------------------------------------------------------------ commands

    def start(self, command: str, *arguments: str, url: str = "") -> subprocess.Popen[str]:
        common = ["--store", url or self.url, "--key", self.key]
        return subprocess.Popen(
            [sys.executable, "-m", "fieldkeep", command, *common, *arguments],
            cwd=self.project.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, command: str, *arguments: str, code: int = 0, url: str = "") -> Done:
        """Run it to its end, which must be this exit code."""
        common = ["--store", url or self.url, "--key", self.key]
        line = [command, *common, *arguments]
        return checked(forked.run(line, self.project.root, environment(), PATIENCE), code)

    def sync(self, *arguments: str, code: int = 0) -> Done:
        return self.run("sync", *arguments, code=code)

    def in_sync(self) -> None:
        """A sync has nothing to do, and does nothing."""
        before = self.state()
        done = self.sync()
        assert "in sync: nothing to write" in done.out
        assert self.state() == before

    # ------------------------------------------------------------------ what is there

    def value(self, end: str = "") -> Any:
        """The decoded value of one of our keys."""
        content = self.plain.get(self.key + end)
        assert content is not None, f"no key {self.key}{end}"
        return json.loads(content)

    def fields(self) -> dict[str, dict[str, Any]]:
        """The live document's fields by name, after a look at the document as a consumer."""
        document = self.value()
        self.check_document(document)
        return {field["name"]: field for field in document["fields"]}

    def check_document(self, document: Mapping[str, Any]) -> None:
        schema = json.loads((ROOT / "schema" / "document.schema.json").read_text("utf-8"))
        errors = [error.message for error in Draft202012Validator(schema).iter_errors(document)]
        assert errors == []
        assert application.misfits(document) == []
        assert document["total_fields"] == len(document["fields"])
        assert document["source"] == "gitops"
        order = [(field["order"], field["name"]) for field in document["fields"]]
        assert order == sorted(order)
        for field in document["fields"]:
            assert type(field["order"]) is int
            assert field["enabled"] is True
        for server in document["extraction_status"]["server_status"]:
            labels = server["external_labels"]
            assert labels
            assert {type(value) for value in labels.values()} == {str}

    def backups(self) -> list[dict[str, Any]]:
        """The history, newest first, each entry checked and with its document unpacked."""
        entries = [unpacked(entry) for entry in self.value(".backup.history")]
        for entry in entries:
            canonical = json.dumps(
                entry["fields_data"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            assert entry["checksum"] == "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
            assert entry["total_fields"] == len(entry["fields_data"]["fields"])
        serials = [entry["serial"] for entry in entries]
        assert serials == sorted(set(serials), reverse=True)
        assert len(entries) <= 10
        assert unpacked(self.value(".backup")) == entries[0]
        self.check_document(entries[0]["fields_data"])
        return entries

    def backed_up(self, name: str) -> list[dict[str, Any]]:
        """A field as each backup has it, newest first."""
        return [
            field
            for entry in self.backups()
            for field in entry["fields_data"]["fields"]
            if field["name"] == name
        ]

    def check_keys(self) -> None:
        """The four keys of the design and no other, each one whole."""
        assert self.plain.keys(self.key) == [self.key + end for end in OURS]
        self.fields()
        newest, record = self.backups()[0], self.value(".sync")
        assert record["schema_version"] == 1
        assert record["serial"] >= newest["serial"]
        assert "fieldkeep" not in self.value()

    def state(self) -> object:
        """What must be the same if nothing was written: bytes and indexes."""
        return {key: (self.plain.get(key), self.index(key)) for key in self.plain.keys(self.key)}

    @abstractmethod
    def index(self, key: str) -> int: ...

    @abstractmethod
    def flags(self, key: str) -> int: ...

    # ------------------------------------------------------------------ other writers

    def edit(self, change: Edit) -> bytes:
        """The document as an application would write it back after an edit."""
        document = self.value()
        change({field["name"]: field for field in document["fields"]})
        return json.dumps(document, indent=1).encode()

    def application(self, change: Edit) -> None:
        """Read, change, plain PUT."""
        self.plain.put(self.key, self.edit(change))

    def wipe(self, *ends: str) -> None:
        for end in ends:
            self.plain.delete(self.key + end)

    @abstractmethod
    def take_over(self, other: SQLiteWorld) -> None:
        """Begin with what another world's commands have written."""

    @abstractmethod
    def race(self, change: Edit) -> Done:
        """A sync, with the application's plain write between its reads and its write; that the
        first attempt was refused is checked here."""

    @abstractmethod
    def restarted(self) -> bool:
        """Stop the store, the hard way, and start it on what it has on disk. Whether it can."""


def edited(**looks: Look) -> Edit:
    """Somebody gives fields these looks."""

    def change(fields: dict[str, dict[str, Any]]) -> None:
        for name, look in looks.items():
            fields[name].update(look.attributes)

    return change


def unpacked(entry: dict[str, Any]) -> dict[str, Any]:
    """A backup with its two large parts plain, whichever way it was stored."""
    plain = dict(entry)
    for name in ("fields_data", "owned"):
        if f"{name}_gz" in plain:
            packed = base64.b64decode(plain.pop(f"{name}_gz"), validate=True)
            plain[name] = json.loads(gzip.decompress(packed))
    return plain


def ended(process: subprocess.Popen[str], code: int, err: str = "") -> Done:
    try:
        out, rest = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    return checked(Done(process.returncode, out, err + rest), code)


def checked(done: Done, code: int) -> Done:
    assert done.code == code, f"exit code {done.code}\n{done.out}\n{done.err}"
    assert "Traceback" not in done.err
    return done


class SQLiteWorld(World):
    kind, shared = "sqlite", False
    plain: PlainSQLite

    def __init__(self, project: Project, key: str) -> None:
        super().__init__(project, "sqlite:///.fieldkeep/store.db", key)
        self.path = project.root / ".fieldkeep" / "store.db"
        self.plain = PlainSQLite(self.path)

    def state(self) -> object:
        return self.path.read_bytes() if self.path.exists() else None

    def index(self, key: str) -> int:
        return self.plain.index(key)

    def flags(self, key: str) -> int:
        return self.plain.flags(key)

    def take_over(self, other: SQLiteWorld) -> None:
        self.path.parent.mkdir()
        shutil.copy(other.path, self.path)
        with self.plain.writing() as connection:
            connection.execute("UPDATE kv SET key = replace(key, ?, ?)", (other.key, self.key))

    def race(self, change: Edit) -> Done:
        err = ""
        with self.plain.writing() as connection:
            process = self.start("sync")
            assert process.stderr is not None
            # It says so after its reads and before its write, which waits for the lock we hold.
            for line in process.stderr:
                err += line
                if line.startswith("write: "):
                    break
            put_row(connection, self.key, self.edit(change))
        done = ended(process, 0, err)
        refused = [line for line in done.err.splitlines() if line.startswith("conflict: ")]
        assert len(refused) == 1
        assert f"{self.key} changed since it was read" in refused[0]
        assert done.err.count("write: ") == 2
        return done

    def restarted(self) -> bool:
        return False


class ConsulWorld(World):
    kind, shared = "consul", True
    plain: ConsulServer

    def __init__(self, project: Project, consul: ConsulServer, key: str) -> None:
        super().__init__(project, consul.url, key)
        self.plain = self.consul = consul

    def index(self, key: str) -> int:
        entry = self.consul.entry(key)
        return 0 if entry is None else int(entry["ModifyIndex"])

    def flags(self, key: str) -> int:
        entry = self.consul.entry(key)
        assert entry is not None
        return int(entry["Flags"])

    def take_over(self, other: SQLiteWorld) -> None:
        for end in OURS:  # the record last, as a sync leaves it: not older than the document
            value = other.plain.get(other.key + end)
            assert value is not None
            self.consul.put(self.key + end, value)

    def race(self, change: Edit) -> Done:
        with Gate(self.consul.address) as gate:
            held = gate.hold("PUT", "/v1/txn")
            process = self.start("sync", url=gate.url)
            try:
                held.wait_held()
                self.application(change)
            finally:
                held.release()
            done = ended(process, 0)
            answers = [seen.status for seen in gate.seen if seen.method == "PUT"]
        assert answers == [409, 200]
        assert f"conflict: {self.key} changed since it was read" in done.err
        return done

    def restarted(self) -> bool:
        if self.consul.dev:
            return False
        self.consul.kill()
        self.consul.start()
        return True
