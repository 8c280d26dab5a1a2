"""Chain in, Postgres out: one synchronous loop that follows the contracts' events."""
