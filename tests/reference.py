"""docs/attributes.md, made from the schema, and docs/commands.md, made from the commands' help.

    python -m tests.house       writes them anew

tests/test_reference.py fails while they say anything else.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

from fieldkeep.commands import cli
from fieldkeep.commands.lazy import Lazy
from fieldkeep.core.document.attribute_table import ENTRIES

FOLDER: Final = Path(__file__).parents[1] / "docs"
SCHEMA: Final[dict[str, Any]] = json.loads(
    (FOLDER.parent / "schema" / "field.schema.json").read_text("utf-8")
)
Node = Mapping[str, Any]

_ATTRIBUTES: Final = """\
# The attributes of a field

<!-- Written by tests/reference.py, from schema/field.schema.json. -->

What each line of a [field file](fields.md) may say, by the packaged schema; a project may have one
of its own. The default is what a field has where neither its file nor the application says
anything.
"""
_COMMANDS: Final = """\
# The commands

<!-- Written by tests/reference.py, from the commands' help. -->

Exit codes are the same for each command and each format: 0 fine, 1 findings in the input, 2
changes or drift pending (where asked), 3 refused by a guard, 4 git, Prometheus or the store failed,
5 conflict, 64 wrong command line or settings. [Output](output.md) explains them.
"""
_COMMON: Final = """
These options stand before the name of any command; most commands take them after it too:
"""


# --------------------------------------------------------------------------- attributes


def attributes() -> str:
    """Every entry of a field file, and of an entry with parts, every part."""
    names = {
        (entry.key, row.part): row.name.replace("*", "<page>")
        for entry in ENTRIES
        for row in entry.attributes
        if "." not in row.name
    }
    lines = [_ATTRIBUTES]
    for key, node in SCHEMA["properties"].items():
        lines += [f"## {key}", "", *_facts((key,), node, names.get((key, ""))), ""]
        for part, inner in node.get("properties", {}).items():
            facts = _facts((key, part), inner, names.get((key, part)))
            lines += [f"### {key}.{part}", "", *facts, ""]
    return "\n".join(lines[:-1]) + "\n"


def _facts(path: tuple[str, ...], node: Node, in_document: str | None) -> Iterator[str]:
    yield node.get("description") or _resolved(node)["description"]
    yield ""
    yield f"- Allowed: {_form(node)}"
    if "default" in node:
        yield f"- Default: {_code(node['default'])}"
    examples = (_within(path, value) for value in node["examples"])
    yield f"- For example: {', '.join(examples)}"
    if in_document:
        yield f"- In the document: `{in_document}`"


def _within(path: Iterable[str], value: Any) -> str:
    """The line of a field file that says it."""
    key, *part = path
    return f"`{key}: {_yaml({part[0]: value} if part else value)}`"


def _code(value: Any) -> str:
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    return text.removesuffix("...\n").strip()


def _resolved(node: Node) -> Node:
    reference = node.get("$ref")
    return SCHEMA["$defs"][reference.split("/")[-1]] if reference else node


def _form(node: Node) -> str:
    """What the schema allows, in words."""
    match _resolved(node):
        case {"enum": values}:
            return f"one of {', '.join(map(_code, values))}"
        case {"const": value}:
            return _code(value)
        case {"oneOf": forms}:
            return "; or ".join(map(_form, forms))
        case {"type": "array", "items": inner, **rest}:
            return f"a list{_limits(rest, 'Items', 'entries')}, each {_form(inner)}"
        case {"type": "object"}:
            return "any of the parts below"
        case {"type": list(types)}:
            return " or ".join(f"a {name}" for name in types).replace("a string", "a text")
        case plain:
            return _plain(plain)


def _plain(node: Node) -> str:
    """As ``_form``, of a value of one type that has no parts."""
    match node:
        case {"type": "string", "pattern": pattern, "description": said, **rest}:
            limits = _limits(rest, "Length", "characters")
            if pattern.isprintable():
                return f"a text{limits} that matches `{pattern}`"
            return f"{said[0].lower()}{said[1:-1]},{limits}"
        case {"type": "string", **rest}:
            return f"a text{_limits(rest, 'Length', 'characters')}"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "integer", "minimum": least, **rest}:
            return f"a whole number from {least}" + (
                f" to {rest['maximum']:,}" if "maximum" in rest else ""
            )
    raise ValueError(f"there are no words for {node}")


def _limits(node: Node, of: str, what: str) -> str:
    least, most = node.get(f"min{of}"), node.get(f"max{of}")
    if least and most:
        return f" of {least} to {most:,} {what}"
    return f" of at most {most:,} {what}" if most else ""


# --------------------------------------------------------------------------- commands


def commands() -> str:
    """Every command with its options; those that all have stand once, at the top."""
    top = click.Context(cli, info_name="fieldkeep")
    every = [*_below(top)]
    shared = [parameter for parameter in cli.params if _is_shared(parameter)]
    lines = [_COMMANDS, "| command | what it does |", "|---|---|"]
    lines += [f"| [`{c.command_path}`](#{_anchor(c)}) | {about} |" for c, about in every]
    lines += [_COMMON, *_options(shared, top)]
    for context, _ in every:
        command = context.command
        usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
        lines += ["", f"## {context.command_path}", "", f"`{usage}`", ""]
        lines += [inspect.cleandoc(command.help or "")]
        own = [*_options((p for p in command.params if not _is_shared(p)), context)]
        lines += ["", *own] if own else []
    return "\n".join(lines) + "\n"


def _below(context: click.Context) -> Iterator[tuple[click.Context, str]]:
    """Each command of a group with what the group says of it; a group before its own commands."""
    group = context.command
    assert isinstance(group, Lazy)
    for name, about in group.table.items():
        command = group.get_command(context, name)
        assert command is not None
        inside = click.Context(command, info_name=name, parent=context)
        yield inside, about
        if isinstance(command, click.Group):
            yield from _below(inside)


def _anchor(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _is_shared(parameter: click.Parameter) -> bool:
    """Whether it is one of `options.common`, which no command is called with."""
    return not parameter.expose_value and any(parameter.opts == p.opts for p in cli.params)


def _options(parameters: Iterable[click.Parameter], context: click.Context) -> Iterator[str]:
    for parameter in parameters:
        names, text = parameter.get_help_record(context) or ("", "")
        if text and parameter.opts != ["--version"]:
            yield f"- `{names}`: {' '.join(text.split())}"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "attributes.md": attributes,
    "commands.md": commands,
}


def write() -> None:
    for name, text in PAGES.items():
        (FOLDER / name).write_text(text(), "utf-8")
