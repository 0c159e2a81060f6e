"""How findings and manifests are shown: pure functions from data to text."""
