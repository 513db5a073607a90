"""A real YAML language server helps with a field file of a project that `init` has begun.

It comes from npm, not from our lock, so it is run where somebody has installed it:
`npm install --prefix DIR yaml-language-server`, and DIR/node_modules/.bin on PATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from tests.core.build import PAGES, SCHEMA
from tests.real import forked
from tests.scenarios.world import PATIENCE, environment

SERVER = "yaml-language-server"
ON = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}


class LanguageServer:
    """Speaks the Language Server Protocol over pipes, as far as one file needs it."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process, self.number = process, 0
        settings = json.loads((folder / ".vscode" / "settings.json").read_text("utf-8"))
        self.settings = {"yaml": {**ON, "schemas": settings["yaml.schemas"]}}
        self.uri = (folder / "fields" / "company.yaml").as_uri()
        place = {"uri": folder.as_uri(), "name": "team"}
        can = {"workspace": {"configuration": True, "workspaceFolders": True}}
        self.ask("initialize", rootUri=place["uri"], workspaceFolders=[place], capabilities=can)
        self.tell("initialized")
        self.tell("workspace/didChangeConfiguration", settings=self.settings)

    def send(self, **message: Any) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def tell(self, method: str, **parameters: Any) -> None:
        self.send(method=method, params=parameters)

    def ask(self, method: str, **parameters: Any) -> Any:
        self.number += 1
        self.send(id=self.number, method=method, params=parameters)
        return next(m["result"] for m in self.messages() if m.get("id") == self.number)

    def messages(self) -> Iterator[dict[str, Any]]:
        """What comes in; the server's own questions are answered on the way."""
        assert self.process.stdout
        while header := self.process.stdout.readline():
            self.process.stdout.readline()
            message = json.loads(self.process.stdout.read(int(header.split(b":")[1])))
            if "method" not in message or "id" not in message:
                yield message
                continue
            items = message["params"].get("items", [])
            self.send(id=message["id"], result=[self.settings.get(i["section"]) for i in items])
        pytest.fail("the language server has ended")

    def opened(self, text: str) -> list[str]:
        """What is wrong in the file."""
        document = {"uri": self.uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        method = "textDocument/publishDiagnostics"
        found = next(m["params"] for m in self.messages() if m.get("method") == method)
        return [diagnostic["message"] for diagnostic in found["diagnostics"]]

    def at(self, method: str, line: int, character: int) -> Any:
        position = {"line": line, "character": character}
        return self.ask(method, textDocument={"uri": self.uri}, position=position)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LanguageServer]:
    program = shutil.which(SERVER)
    if program is None:
        pytest.skip(f"{SERVER} is not on PATH; see above")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    begun = forked.run(["init", "--schema"], tmp_path, environment(), PATIENCE)
    assert begun.code == 0, begun.err
    words, pipe = [program, "--stdio"], subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe) as process:
        patience = Timer(PATIENCE, process.kill)
        patience.start()
        try:
            yield LanguageServer(process, tmp_path)
        finally:
            patience.cancel()
            process.kill()


def test_it_explains_completes_and_marks(server: LanguageServer) -> None:
    wrong = server.opened("name: company\ntype: selct\npages: [nowhere]\ncolour: red\n\n")
    assert [text.split('"')[0] for text in wrong] == [
        "Value is not accepted. Valid values: ",
        "Value is not accepted. Valid values: ",
        "Property colour is not allowed.",
    ]
    assert PAGES[-1] in wrong[1]
    explained = str(server.at("textDocument/hover", 1, 1)["contents"])
    assert "Type" in explained
    assert "How a value is entered." in explained
    assert all(choice in explained for choice in SCHEMA.types)
    offered = {item["label"] for item in server.at("textDocument/completion", 4, 0)["items"]}
    assert offered == SCHEMA.raw["properties"].keys() - {"name", "type", "pages"}
    values = {item["label"] for item in server.at("textDocument/completion", 1, 6)["items"]}
    assert values == set(SCHEMA.types)
