"""Package indexes: their project pages, and the files that pip takes from them."""
