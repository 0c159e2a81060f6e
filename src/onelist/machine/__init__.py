"""What a learner's computer has: the Python that they use, what belongs to it, and what is wrong."""
