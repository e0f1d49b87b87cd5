"""What this process does with its operating system."""
