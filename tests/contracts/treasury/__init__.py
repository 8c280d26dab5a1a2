"""Treasury: one file per function."""
