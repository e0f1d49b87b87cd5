"""OCaml of the library OS, compiled for the host."""
