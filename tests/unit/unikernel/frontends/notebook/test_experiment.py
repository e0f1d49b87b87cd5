"""Sliders and the measurements that they begin, without a page and without a guest."""
