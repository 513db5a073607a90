"""How the commit that is applied stands beside the remote's branch: whether it is old, of another
branch, or not what the files say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldkeep.core.common.words import number
from fieldkeep.core.plan.findings import Refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """``branch`` is checked out, None where the commit itself is. ``main`` is the branch to apply
    from, as far as it is known, and ``remote`` the copy of it that was fetched last; ``behind``
    counts the commits that only that has, and ``contained``: it has ours. ``required_branch`` and
    ``must_be_clean`` are the environment's settings. ``shared``: several machines write the
    store."""

    branch: str | None = None
    main: str | None = None
    remote: str | None = None
    behind: int = 0
    contained: bool = False
    dirty: bool = False
    required_branch: str | None = None
    must_be_clean: bool = False
    shared: bool = False

    @property
    def is_of_main(self) -> bool:
        return self.main is None or self.contained or self.branch == self.main

    def remarks(self) -> Iterator[str]:
        """A line for each way in which the checkout is not what people expect to be applied."""
        if self.main is not None and self.branch not in (None, self.main):
            yield f"this is the branch {self.branch}, not {self.main}"
        elif not self.is_of_main and self.remote:
            yield f"this commit is not in {self.remote}"
        if self.behind:
            yield f"this clone is {number(self.behind, 'commit')} behind {self.remote}"
        if self.dirty:
            yield "the field files or schemas have uncommitted changes"

    def refusals(self) -> Iterator[Refusal]:
        """By the settings of the environment; no flag overrides them."""
        if self.required_branch and not self.is_of_main:
            applied = f"the branch {self.branch}" if self.branch else "a commit of another branch"
            message = f"only the branch {self.required_branch} is applied here, this is {applied}"
            yield Refusal("branch", message, "", f"check {self.required_branch} out")
        if self.must_be_clean and self.dirty:
            message = "only what is committed is applied here, and there are uncommitted changes"
            yield Refusal("clean", message, "", "commit them")
