"""The command line: arguments to typed options, results to the terminal, errors to exit codes."""
