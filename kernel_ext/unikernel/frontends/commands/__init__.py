"""What is typed: the grammar of `%unikernel` and `unikernel`, and what each command does."""
