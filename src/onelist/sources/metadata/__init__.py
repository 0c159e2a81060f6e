"""The metadata of wheels and source distributions, read without running or unpacking them."""
