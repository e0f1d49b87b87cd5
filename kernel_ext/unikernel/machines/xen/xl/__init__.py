"""xl: what is written for it, what it says, and what is done with it in a dom0."""
