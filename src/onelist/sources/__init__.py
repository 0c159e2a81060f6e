"""Talk to package indexes and conda channels, and to their resolvers; data or errors as values come back."""
