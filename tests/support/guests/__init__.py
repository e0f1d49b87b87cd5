"""Guests: of a few instructions, of the bootable programs, and as processes."""
