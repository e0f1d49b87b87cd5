"""What is in a capture: frames out of a file, and each in words."""
