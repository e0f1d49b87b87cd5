"""Fronts: what a person types, in a notebook or at a terminal."""
