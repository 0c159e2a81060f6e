"""Install a list for real, and import its modules (onelist try)."""
