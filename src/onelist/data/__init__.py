"""Bundled tables; each file says its date and where it comes from."""
