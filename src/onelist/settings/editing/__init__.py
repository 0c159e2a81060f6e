"""Edits of settings.ini, and new files of a list."""
