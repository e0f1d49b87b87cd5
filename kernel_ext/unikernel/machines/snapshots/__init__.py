"""Snapshots of machines: where they are kept, how they are taken, restored and compared."""
