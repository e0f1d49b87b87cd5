"""Looking into a machine: held under gdb, step by step, sampled, or after its end."""
