"""The entry, and the one place that exits."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

import click

from fieldkeep import __version__
from fieldkeep.commands import cli
from fieldkeep.edges.github import runner_log
from fieldkeep.errors import FieldkeepError, InputError, UsageError

INTERRUPTED: Final = 130
BUG: Final = 70


def main() -> None:
    """Run a command and exit with its code."""
    # A command builds many values that live to its end, and hardly a cycle: with the default of 700
    # objects, looking for cycles takes half of the time of reading a large configuration's places.
    gc.set_threshold(50_000, 20, 50)
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a character
            stream.reconfigure(errors="backslashreplace")
    runner_log.install(os.environ)
    code = run(sys.argv[1:])
    with suppress(OSError):  # run() has reported it
        runner_log.end()
    sys.exit(code)


def _open_what_is_closed() -> None:
    """`fieldkeep sync >&-`: Python has no stream then, and the next file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - to the end
            setattr(sys, name, stream)


def run(arguments: list[str]) -> int:
    """The exit code of a command line. Errors are reported on stderr, never as a traceback."""
    if "_FIELDKEEP_COMPLETE" in os.environ:  # a shell asks how a line goes on
        from fieldkeep.commands import shells

        shells.install()
    flags: dict[str, Any] = {}
    try:
        code = cli.main(arguments, prog_name="fieldkeep", standalone_mode=False, obj=flags)
        runner_log.end()
    except FieldkeepError as error:
        return _failed(error, flags)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        return UsageError.exit_code
    except click.ClickException as error:
        return _misused(error)
    except BrokenPipeError:  # `fieldkeep history | head`: the reader had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as error:  # noqa: BLE001 - a bug of ours, whatever it is
        return _bug(error)
    return code if isinstance(code, int) else 0


def _misused(error: click.ClickException) -> int:
    """As click reports it, with control characters of what the user typed written out."""
    from fieldkeep.render.words import printable

    context = error.ctx if isinstance(error, click.UsageError) else None
    context = context or click.Context(cli, info_name="fieldkeep")
    click.echo(context.get_usage(), err=True)
    click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    click.echo(f"Error: {printable(error.format_message())}", err=True)
    return UsageError.exit_code


def _failed(error: FieldkeepError, flags: Mapping[str, Any]) -> int:
    from fieldkeep.commands import screens
    from fieldkeep.render.screen import Style, draw, line

    screen = screens.stderr(flags)
    if isinstance(error, InputError) and error.problems:
        from fieldkeep.render import findings

        click.echo(findings.text(error.problems, screen), err=True, color=True)
    lines = [line(("fieldkeep: ", Style.ERROR), str(error), indent=4)]
    lines += [line(f"    {way}", indent=4) for way in error.ways]
    click.echo(draw(screen, lines), err=True, color=True)
    return error.exit_code


def _bug(error: Exception) -> int:
    """Report a bug. The traceback may quote values, so it goes to a file, not to the log."""
    import tempfile
    import traceback

    file_name = "(it could not be written to a file)"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="fieldkeep-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(f"fieldkeep {__version__}, Python {sys.version}\n")
            traceback.print_exception(error, file=file)
            file_name = file.name
    except OSError:
        pass
    click.echo(f"fieldkeep: a bug in fieldkeep ({type(error).__name__}): {file_name}", err=True)
    click.echo(
        "    please report it to the maintainers of your fieldkeep, with that file; look through it"
        " for secret values first",
        err=True,
    )
    return BUG


if __name__ == "__main__":
    main()
