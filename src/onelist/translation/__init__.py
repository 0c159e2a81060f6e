"""From a PyPI requirement to a conda one, or why not."""
