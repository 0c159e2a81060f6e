"""The real resolvers: uv for pip, rattler for conda. Each turns requirements and a target into an attempt."""
