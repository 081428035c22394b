"""Rows of a frame for Python loops."""

from collections.abc import Iterator
from typing import Any

import pandas as pd


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows as named tuples. Their fields are what the query says they are, which no type checker can know."""
    yield from frame.itertuples()
