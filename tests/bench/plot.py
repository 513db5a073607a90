"""Draws the growth: run by the Python of the bench's own environment, which has matplotlib.

python plot.py PNG < {"validate": {"of": "fields", "exponent": 1.0, "sizes": {"10": 0.1}}}
"""

from __future__ import annotations

import json
import sys

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt


def main() -> None:
    curves = json.load(sys.stdin)
    kinds = list(dict.fromkeys(curve["of"] for curve in curves.values()))
    figure, panels = plt.subplots(
        1, len(kinds), figsize=(9, 3.8), sharey=True, layout="constrained"
    )
    for panel, kind in zip(panels, kinds, strict=True):
        for name, curve in curves.items():
            if curve["of"] == kind:
                sizes = {int(n): seconds for n, seconds in curve["sizes"].items()}
                label = f"{name}: n^{curve['exponent']:.2f}"
                panel.loglog(sizes.keys(), sizes.values(), marker="o", label=label)
        panel.set_xlabel(kind)
        panel.grid(visible=True, which="major", alpha=0.3)
        panel.legend()
    panels[0].set_ylabel("processor time, seconds")
    figure.savefig(sys.argv[1], dpi=120, metadata={"Software": None})


main()
