"""Passes over the linked image."""
