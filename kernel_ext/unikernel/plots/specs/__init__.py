"""Plots as Vega and Vega-Lite specifications: values on hover, zoom and choosing by the mouse.

Each module makes the interactive form of the picture that the module of its name above draws.
Texts go into data, never into expressions: a name cannot become code.
"""
