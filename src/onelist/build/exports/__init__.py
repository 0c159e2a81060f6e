"""The list in other forms: files that install it without the package."""
