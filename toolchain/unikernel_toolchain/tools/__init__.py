"""Programs of the host: where they are, how they are run, what a build needs of them."""
