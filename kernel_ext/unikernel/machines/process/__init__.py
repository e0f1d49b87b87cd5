"""Processes: children of this one, and guests that are processes themselves."""
