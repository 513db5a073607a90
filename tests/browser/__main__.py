"""Takes a picture of each page, at three widths, light and dark:

    python -m tests.browser FOLDER

They are for people to look at: no test compares them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser import samples
from tests.real.browser import SCHEMES, WIDTHS, chromium, tab

VIEWS = {
    "fields": "",
    "found": "#q=site&sort=display",
    "field": "#field=company",
    "sites": "#view=sites",
    "pages": "#view=pages",
    "differs": "#view=differs",
    "timeline": "#view=timeline",
    "sources": "#view=sources",
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, chromium() as browser:
        catalog, plan = samples.sample(Path(work, "project"))
        shown = {name: catalog.as_uri() + view for name, view in VIEWS.items()}
        shown["plan"] = plan.as_uri()
        for name, address in shown.items():
            with tab(browser) as opened:
                for scheme in SCHEMES:
                    for width in WIDTHS:
                        opened.show(width, scheme)
                        opened.page.goto(address)
                        picture = folder / f"{name}-{width}-{scheme}.png"
                        opened.page.screenshot(path=picture, full_page=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
