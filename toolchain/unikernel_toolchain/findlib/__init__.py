"""OCaml packages by their findlib names."""
