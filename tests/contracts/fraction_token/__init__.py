"""FractionToken: one file per function."""
