"""Fuzz targets: what onelist reads from elsewhere, in forms that nobody would write. CONTRIBUTING.md says how to run them."""
