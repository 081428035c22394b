"""Speed and memory, as ratios within one run against a named floor; never asserted by a test."""
