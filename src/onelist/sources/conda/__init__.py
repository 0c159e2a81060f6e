"""Conda channels through rattler, and its solver."""
