"""The commands that look into a machine: their flags and what they do."""
