"""Measurements taken by hand: sliders, and one run after the other."""
