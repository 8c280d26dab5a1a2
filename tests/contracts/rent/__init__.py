"""Rent: declared, released, claimed; and what a trade around it gains."""
