"""Scan logs in, build out. Nothing imports this room but its own command line and the tests."""
