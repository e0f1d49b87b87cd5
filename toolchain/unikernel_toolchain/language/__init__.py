"""What names of a program in OCaml mean: completion, types, documentation.

Merlin answers where it is installed, else a program of ours over the compiler's own library.
"""
