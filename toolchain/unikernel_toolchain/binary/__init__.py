"""Binary files, read and changed: ELF, symbols, link maps, frame tables."""
