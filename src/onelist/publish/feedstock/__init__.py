"""A clone of a conda-forge feedstock -> its recipe with the published version, and all that people have added."""
