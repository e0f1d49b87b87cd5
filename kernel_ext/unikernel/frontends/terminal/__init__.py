"""The terminal: the `unikernel` command."""
