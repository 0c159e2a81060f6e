"""Ask the resolvers about whole lists, and find out what prevents the rest."""
