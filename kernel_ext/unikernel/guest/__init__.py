"""What a guest tells: console, trace, end; and what its memory must be."""
