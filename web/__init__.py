"""The page: its source, and the command that builds it to where the API serves it."""
