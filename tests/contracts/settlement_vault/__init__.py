"""SettlementVault: one file per function."""
