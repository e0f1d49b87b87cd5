"""OCaml in cells: what a cell is compiled with, documentation, help on the words of a line."""
