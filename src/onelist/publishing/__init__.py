"""Where a version is published: what each place has of it, and how files get there."""
