"""PrimaryOffering: one file per function."""
