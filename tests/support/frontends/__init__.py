"""Terminals and kernels, and what is said in them."""
