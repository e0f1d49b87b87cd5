"""Config to Plan."""
