"""Every check there is. To add one is to add a row to a tuple in one of these files, or a file and its tuple here."""

from indexer.reconcile import access, fractions, market, money

CHECKS = (*fractions.CHECKS, *money.CHECKS, *market.CHECKS, *access.CHECKS)
