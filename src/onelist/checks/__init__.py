"""From what is known of a list to findings: pure functions, one module a letter of the codes."""
