"""An account's ledger as a file for bookkeeping: CSV, beancount, hledger. Integers only, balanced, asserted."""
