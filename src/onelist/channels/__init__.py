"""The package index and the conda channels: what each has, or why that could not be found out."""
