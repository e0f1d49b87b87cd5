"""Debian's releases as trees inside this machine, and commands in them."""
