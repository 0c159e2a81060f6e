"""Results as text, tables, JSON, SARIF and GitHub annotations: pure functions from data to text."""
