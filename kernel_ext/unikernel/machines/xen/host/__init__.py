"""The Xen of the host itself: whether it can be used, and how."""
