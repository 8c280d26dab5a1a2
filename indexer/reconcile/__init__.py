"""Reconciliation: what we derived, held against what the contracts themselves say as of the same block."""
