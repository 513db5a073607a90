"""A proposal as people read it: in git's log, on the forge, on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from fieldkeep.core.adopt.select import Unsayable
from fieldkeep.core.common.words import number
from fieldkeep.core.propose.branch import Way
from fieldkeep.core.propose.edits import Edit, comment, trailers
from fieldkeep.core.propose.proposal import Change, Outcome, Proposal, State, Unsure
from fieldkeep.core.propose.undone import Undone
from fieldkeep.render.json_text import json_text
from fieldkeep.render.markdown import COMMENT_BYTES, code, fit, paragraph, table
from fieldkeep.render.report import Section, report
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import printable, value

_BEGIN: Final = "<!-- fieldkeep:proposal -->"
_END: Final = "<!-- fieldkeep:end -->"
_LONGEST_SUBJECT: Final = 72
# #12, GH-12, @name, https://...; and GitLab's !12.
_LIVE: Final = re.compile(r"[#!](?=\d)|(?<=[Gg][Hh])-(?=\d)|(?<!\w)@(?=\w)|:(?=//)")
_HEAD: Final = ("field", "entry", "git", "application")
_SYNC_FIRST: Final = "a sync brings back what people set; nothing is proposed before that"


def message(change: Change, environment: str | None, prefix: str = "") -> str:
    """Of a commit. Values are other people's text: none begins a line of its own."""
    names = ", ".join(printable(edit.entry) for edit in change.edits)
    field, where = printable(change.field), _where(environment)
    subject = f"{prefix}Take {names} of {field} from the application"
    if len(subject) > _LONGEST_SUBJECT:
        count = number(len(change.edits), "change")
        subject = f"{prefix}Take {count} of {field} from the application"
    since = (
        f"A backup has it since {printable(change.since)}."
        if change.since
        else "It is in no backup yet."
    )
    return "\n".join(
        [
            subject,
            "",
            f"Somebody changed it in the application{where}:",
            "",
            *(f"  {_inert(_change(edit))}" for edit in change.edits),
            "",
            since,
            "",
            trailers(change.edits),
        ]
    )


def _where(environment: str | None) -> str:
    return f" of {printable(environment)}" if environment else ""


def _inert(text: str) -> str:
    """The text in JSON's escapes where a forge would act on a commit's message: it closes an issue
    that a keyword names, and tells people who are mentioned.
    https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
    """
    return _LIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _change(edit: Edit) -> str:
    return f"{printable(edit.entry)}: {value(edit.old)} -> {value(edit.new)}"


# --------------------------------------------------------------------------- the pull request


def title(proposal: Proposal) -> str:
    environment = proposal.plan.environment
    where = f" of {printable(environment)}" if environment else ""
    return f"Take what was edited in the application{where}"


def body(proposal: Proposal, run_url: str, before: str = "") -> str:
    """Markdown. What somebody wrote above and below our part of ``before`` stays."""
    above, _, rest = before.replace("\r\n", "\n").partition(_BEGIN)
    below = rest.partition(_END)[2] if rest else ""
    if before and not rest:
        above = f"{before.rstrip()}\n\n"
    return f"{above}{_BEGIN}\n{_ours(proposal, run_url)}{_END}{below}"


def _ours(proposal: Proposal, run_url: str) -> str:
    marks = comment(proposal.marks)
    if not proposal.edits:
        return f"{marks}\n\n{paragraph('Git and the application say the same: nothing is left.')}\n"
    fields = {edit.field for edit in proposal.edits}
    environment = proposal.plan.environment
    where = f" of {code(environment)}" if environment else ""
    count = f"{number(len(proposal.edits), 'value')} of {number(len(fields), 'field')}"
    rows = ((edit.field, edit.entry, value(edit.old), value(edit.new)) for edit in proposal.edits)
    edits = fit(
        [
            paragraph(f"Somebody changed <b>{count}</b> in the application{where}."),
            table(_HEAD, rows),
            paragraph(
                "A merge takes them into git. If you close this without a merge, they are not"
                " proposed again, and a sync puts back what git says."
            ),
            paragraph("<b>What a sync does after the merge</b>"),
        ],
        COMMENT_BYTES // 2,
        "the commits",
    )
    used = len(marks.encode()) + len(edits.encode())
    name = environment or proposal.base.name
    plan = report([Section(name, proposal.plan)], run_url, COMMENT_BYTES - used)
    return f"{marks}\n\n{edits}\n{plan}\n"


# --------------------------------------------------------------------------- the terminal


def text(proposal: Proposal | Unsure, outcome: Outcome | None, screen: Screen) -> str:
    """``outcome`` is None if nothing was to be done."""
    if isinstance(proposal, Unsure):
        return draw(screen, [f"{proposal.why}: {_SYNC_FIRST}"])
    lines = [_line("", edit) for edit in proposal.edits]
    lines += [_line("closed without a merge: ", edit) for edit in proposal.declined]
    lines += map(_undone, proposal.undone)
    lines += map(_unsayable, proposal.unsayable)
    lines += [
        line("edited, and without a file: ", (n, Style.NAME), f"; `fieldkeep adopt {n}` makes one")
        for n in proposal.without_file
    ]
    lines += [
        line("the branch proposes it, and it is no edit any more: ", (name, Style.NAME))
        for name in proposal.left_behind
    ]
    told = draw(screen, [*lines, *_last(proposal, outcome)])
    return "\n".join([told, *_next(proposal)]) if _is_only_here(proposal, outcome) else told


def _is_only_here(proposal: Proposal, outcome: Outcome | None) -> bool:
    match outcome:
        case Outcome(State.COMMITTED):
            return True
        case Outcome(State.UNCHANGED, pull=None):
            return proposal.branch.published != proposal.branch.tip
    return False


def _line(before: str, edit: Edit) -> Line:
    name = f"{edit.field}.{edit.entry}"
    return line(before, (name, Style.NAME), f": {value(edit.old)} -> {value(edit.new)}")


def _undone(edit: Undone) -> Line:
    return line(
        "undone by a sync: ",
        (f"{edit.field}.{edit.attribute}", Style.NAME),
        f" was {value(edit.value)} in backup {edit.index}, of {edit.timestamp};"
        f" `fieldkeep adopt {edit.field} --from {edit.index}` takes it",
    )


def _unsayable(entry: Unsayable) -> Line:
    name = f"{entry.field}.{entry.attribute}" if entry.attribute else entry.field
    return line("in no file: ", (name, Style.NAME), f": {entry.reason}")


def _last(proposal: Proposal, outcome: Outcome | None) -> Iterator[Line]:
    branch, fields = proposal.branch.name, {edit.field for edit in proposal.edits}
    count = f"{number(len(proposal.edits), 'edit')} of {number(len(fields), 'field')}"
    match outcome:
        case None if proposal.changes:
            yield line(f"to propose: {count} on the branch {branch}; nothing was written")
        case None | Outcome(State.UNCHANGED) if proposal.edits:
            pull = proposal.branch.open_pull
            where = pull.url if pull else f"on the branch {branch}"
            yield line(f"already proposed: {count}, {where}")
        case Outcome(State.PROPOSED, pull=pull) if pull:
            yield line((f"proposed: {count}", Style.GOOD), f", {pull.url}")
        case Outcome(State.COMMITTED, commit=commit) if commit:
            made = f" on the branch {branch} ({commit[:12]}); nothing was pushed"
            yield line((f"committed: {count}", Style.GOOD), made)
        case Outcome(State.CLOSED, pull=pull) if pull:
            yield line(f"closed: git and the application say the same again, {pull.url}")
        case _:
            yield line("nothing to propose: git has what people set in the application")


def _next(proposal: Proposal) -> Iterator[str]:
    """What to type: whole lines, so that they can be copied."""
    branch, base = proposal.branch, proposal.base
    moved = branch.published if branch.way is Way.ANEW else None
    lease = f" --force-with-lease={branch.name}:{moved}" if moved else ""
    yield "next:"
    if not base.origin:
        yield "  add a remote `origin`: this clone has none to push the branch to"
        return
    if "gitlab" in base.origin:
        target = f"-o merge_request.create -o merge_request.target={base.name}"
        yield f"  git push{lease} {target} origin {branch.name}"
        return
    yield f"  git push{lease} origin {branch.name}"
    yield f"  gh pr create --head {branch.name} --base {base.name} --fill"


def json(proposal: Proposal | Unsure, outcome: Outcome | None, _: Screen) -> str:
    if isinstance(proposal, Unsure):
        return json_text(state="unsure", why=proposal.why, edits=[], declined=[])
    pull = (outcome and outcome.pull) or proposal.branch.open_pull
    return json_text(
        state=outcome.state if outcome else None,
        branch=proposal.branch.name,
        base={"name": proposal.base.name, "commit": proposal.base.commit},
        commit=outcome.commit if outcome else proposal.branch.tip,
        pull_request={"number": pull.number, "url": pull.url} if pull else None,
        edits=list(map(_data, proposal.edits)),
        declined=list(map(_data, proposal.declined)),
        undone=[asdict(edit) for edit in proposal.undone],
        without_file=list(proposal.without_file),
        in_no_file=[
            {"field": one.field, "attribute": one.attribute or None, "reason": one.reason}
            for one in proposal.unsayable
        ],
    )


def _data(edit: Edit) -> dict[str, object]:
    return {"field": edit.field, "entry": edit.entry, "git": edit.old, "application": edit.new}


FORMATS: Final = {"text": text, "json": json}
