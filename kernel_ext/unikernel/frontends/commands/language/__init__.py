"""What is written about OCaml packages, modules and values: the flag and what it does."""
