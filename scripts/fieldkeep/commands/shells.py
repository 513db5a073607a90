"""Completion in the shell: the scripts, and how each shell is answered.

As click's own, but for one thing: what is typed may hold an equals sign and commas
(``pages=+services,-blackbox``). Bash takes the first for the end of a word, zsh puts a space behind
it, and click's script for fish loses what stands behind the second.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from click.shell_completion import (
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from fieldkeep.commands.completion_values import at_once

VARIABLE: Final = "_FIELDKEEP_COMPLETE"
_NOT_PLAIN: Final = re.compile(r"([^\w@%+=:,./-])")
_SPECIAL_IN_QUOTES: Final = re.compile(r'(["$`\\])')

_BASH: Final = """\
%(complete_func)s() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        case $reply in
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
            plain,*) COMPREPLY+=("${reply#plain,}") ;;
        esac
    done < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    if [[ ${COMPREPLY[0]-} == *= ]]; then
        compopt -o nospace
    fi
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH: Final = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local type key about
    local -a response plain described open
    (( $+commands[%(prog_name)s] )) || return 1

    response=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete %(prog_name)s 2>/dev/null)}")
    for type key about in "${response[@]}"; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain)
                if [[ $key == *= ]]; then
                    open+=("${key}:${about}")
                elif [[ $about == _ ]]; then
                    plain+=("$key")
                else
                    described+=("${key}:${about}")
                fi ;;
        esac
    done
    (( $#open )) && _describe -V unsorted open -U -S ''
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH: Final = """\
function %(complete_func)s
    set -lx COMP_WORDS (commandline -cp)
    set -lx COMP_CWORD (commandline -t)
    for reply in (env %(complete_var)s=fish_complete %(prog_name)s 2>/dev/null)
        set -l parts (string split -m 1 "," $reply)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Quick(ShellComplete):
    """Imports no command for what can be said without it."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        found = at_once(self.cli, args, incomplete)
        return super().get_completions(args, incomplete) if found is None else found


class Bash(_Quick):
    """Is given the line up to the cursor, and which characters end a word there."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        return (words, "") if line[-1:].isspace() or not words else (words[:-1], words[-1])

    def complete(self) -> str:
        """Bash replaces what follows an open quote, or else the last character that ends a word."""
        args, incomplete = self.get_completion_args()
        kept, escape = _behind_quote(os.environ["COMP_WORDS"]) or (_behind_break(incomplete), _bare)
        return "\n".join(
            f"{item.type},{escape(item.value[kept:])}"
            for item in self.get_completions(args, incomplete)
        )

    def format_completion(self, item: CompletionItem[Any]) -> str:
        return f"{item.type},{item.value}"


class Zsh(_Quick, ZshComplete):
    """As click's, with a script of ours."""

    source_template: ClassVar[str] = _ZSH


class Fish(_Quick, FishComplete):
    """As click's, with a script of ours."""

    source_template: ClassVar[str] = _FISH


SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def _behind_break(incomplete: str) -> int:
    breaks = set(os.environ.get("COMP_WORDBREAKS", "")) & set("=:@")
    return max((incomplete.rfind(character) for character in breaks), default=-1) + 1


def _behind_quote(line: str) -> tuple[int, Callable[[str], str]] | None:
    """Where a quote is open: how much of the last word stands before it, and what a text looks like
    inside."""
    quote, at, is_escaped = "", 0, False
    for position, character in enumerate(line):
        if is_escaped:
            is_escaped = False
        elif character == "\\" and quote != "'":
            is_escaped = True
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote, at = character, position
    if not quote:
        return None
    before = line[:at]
    kept = 0 if before[-1:].isspace() else len(split_arg_string(before)[-1])
    return kept, _in_single_quotes if quote == "'" else _in_double_quotes


def _bare(text: str) -> str:
    return _NOT_PLAIN.sub(r"\\\1", text)


def _in_single_quotes(text: str) -> str:
    return text.replace("'", r"'\''")


def _in_double_quotes(text: str) -> str:
    return _SPECIAL_IN_QUOTES.sub(r"\\\1", text)


def install() -> None:
    """Let click answer with these."""
    for shell in SHELLS.values():
        add_completion_class(shell)
