"""What the distribution has in its packages, taken without installing them, and made of it."""
