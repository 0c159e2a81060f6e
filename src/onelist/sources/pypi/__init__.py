"""Package indexes, and uv, which resolves for pip."""
