"""A machine under gdb: a gdb a machine, spoken to in its machine interface."""
