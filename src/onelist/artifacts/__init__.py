"""What is built and generated: one module a kind, each content alone; ``output.py`` writes."""
