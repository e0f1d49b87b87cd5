"""The library OS and its packages, compiled."""
