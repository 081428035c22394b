"""Made-up data, marked as such: the hand-made example, and a simulated city with its people and the truth beside it."""

from etl.simulate.run import SCENARIOS, Written, run
from etl.simulate.sample import sample

__all__ = ["SCENARIOS", "Written", "run", "sample"]
