"""What tests share: guests, stand-ins, networks and tools. `support.TESTS` is on Python's path."""

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
