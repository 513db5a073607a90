"""Texts that would like to be more than text, wherever they are shown."""

from __future__ import annotations

HOSTILE = (
    "::error file=a,line=1::x",
    "::stop-commands::x",
    "::add-mask::a",
    "x ::warning::y",
    "##[error]x",
    "a ##[add-mask]b",
    "###[group]x",
    "::set-output name=a::b\n::error::c",
    "a\r::error::b",
    "`code`",
    "``` \n```",
    "a|b|c",
    "\\|",
    "@acme/team",
    "mail ann@example.com now",
    "#123",
    "acme/fields#5 GH-7",
    "f418fe45f418fe45f418fe45f418fe45f418fe45",
    "http://example.com/x?y=z",
    "www.example.com",
    "[a](http://example.com) ![b](http://example.com/i.png)",
    "<img src=x onerror=alert(1)>",
    "</code></td></tr></table><h1>x</h1>",
    "</details></ul>",
    "<script>alert(1)</script>",
    "<!-- fieldkeep:plan -->",
    "-->",
    "<!--",
    "&lt;b&gt; &#64;team &copy",
    "*a* _b_ ~~c~~ **d**",
    "# h",
    "- [x] task",
    "$\\alpha$ $$x$$",
    ":tada: \U0001f389",
    "\u202eabc\u2066",
    "\x1b[31mred\x1b]8;;http://example.com\x07",
    "a\u200d\ufeffb",
    "\u2028x\u2029\u0085y",
    "${{ github.token }}",
    "$(touch x) `touch x`",
    "\ud800",
    "a\n\n# h\n\n<p>",
    "{% raw %}",
    "'\"><b>",
)


def shown(text: str) -> str:
    """As our reports show it: what a terminal would obey is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
