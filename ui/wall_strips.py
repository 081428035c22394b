"""The wall's strips: where each cell of the 18 / 5 / 57 stands, in px of the 1920x1080 grid."""

from typing import Any

import pandas as pd

from core import words
from core.rollout import STATES

WIDTH = 1436  # what the grid leaves beside the words
# level -> width, height and gap of a cell, gap between groups
CELLS = {"area": (72, 86, 8, 8), "kecamatan": (72, 86, 8, 8), "kelurahan": (21, 96, 3, 20)}


def strips(cells: pd.DataFrame, language: str) -> list[dict[str, Any]]:
    """One a level of `queries.coverage.cells`: its words, its cells (x, state) and the names under them (at %)."""
    found = []
    for level, mine in cells.groupby("level", sort=False):
        wide, high, gap, between = CELLS[str(level)]
        x, placed, labels = 0, [], []
        for name, group in _ordered(mine):
            labels.append({"x": x, "name": str(name)})
            for row in group.itertuples():
                placed.append({"x": x, "state": row.state})
                x += wide + gap
            x += between - gap
        n = mine["state"].value_counts()
        said = ", ".join(f"{n[s]} {words.text(f'chart.state.{s}', language)}" for s in STATES if s in n)
        word = words.text(f"wall.level_name.{level}", language)
        found.append(
            {
                "level": level,
                "total": len(mine),
                "word": word,
                "label": f"{len(mine)} {word}: {said}",
                "cell": (wide, high),
                "width": x - between,
                "cells": placed,
                "labels": labels if level == "kelurahan" else [],
            }
        )
    # One scale for all: a city with more cells than the grid holds gets smaller ones, in every strip.
    width = max([WIDTH, *(s["width"] for s in found)])
    for strip in found:
        strip["labels"] = [label | {"at": round(100 * label["x"] / width, 2)} for label in strip["labels"]]
        strip["width"] = width
    return found


def _ordered(cells: pd.DataFrame) -> list[tuple[Any, pd.DataFrame]]:
    """Groups in an order that gives their names room: the longest ends at the margin, before it the shortest."""
    groups = sorted(cells.groupby("group", sort=False), key=lambda g: (-len(str(g[0])), str(g[0])))
    return [*groups[1:], groups[0]]
