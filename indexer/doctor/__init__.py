"""The doctor: what providers and the database can do, what proving costs, and what to do where something is wrong."""
