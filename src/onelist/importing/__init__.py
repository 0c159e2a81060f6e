"""The files that people have, such as environment.yml or notebooks -> one list."""
