"""InvestorRegistry: lists, entries, and who is eligible."""
