"""What pip installs: uv resolves, on an index that shows it what pip sees."""
