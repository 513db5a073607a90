"""A real Chromium, and what its pages did: every request, and everything that it complained of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.real.required import required

Scheme = Literal["dark", "light"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (375, 768, 1280)
HEIGHT = 900
AXE_SCRIPT = Axe().axe_script


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless, and as bare as its package: tests run as root too, where it has no sandbox."""
    program = required("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Tab:
    """A page, in a context of its own."""

    page: Page
    requests: list[str] = field(default_factory=list)  # addresses, those that a policy blocks too
    complaints: list[str] = field(default_factory=list)  # of the console, and uncaught errors

    def leaving(self) -> list[str]:
        """The requests that would leave this machine."""
        here = ("file://", "http://127.0.0.1:", "blob:", "data:")
        return [url for url in self.requests if not url.startswith(here)]

    def show(self, width: int, scheme: Scheme) -> None:
        """Make the window so wide, of the usual height, and its system light or dark."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.emulate_media(color_scheme=scheme)

    def overflow(self) -> int:
        """How many pixels of the page's width are beyond the window's."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(0, wide)

    def violations(self) -> list[str]:
        """What axe-core finds wrong: the rule, and where. Its script is evaluated by the debugger,
        which the page's own policy does not stop."""
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


@contextmanager
def tab(browser: Browser) -> Iterator[Tab]:
    with browser.new_context() as context:
        opened = Tab(context.new_page())
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on(
            "console",
            lambda said: (
                opened.complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        yield opened
