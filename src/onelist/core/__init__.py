"""The nouns, the rules, and text and files that are safe to show and write."""
