"""Values: how to run an image, on which networks, what was measured. No effects."""
