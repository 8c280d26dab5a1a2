"""Postgres in, HTTP and WebSocket out: read-mostly, asynchronous, without a key."""
