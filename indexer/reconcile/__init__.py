"""Reconciliation: what we derived, held against what the contracts themselves say as of the same block.

To add a check is to add a row to a tuple in one of these files, or a file and its tuple here.
"""

from indexer.reconcile import access, fractions, market, money

CHECKS = (*fractions.CHECKS, *money.CHECKS, *market.CHECKS, *access.CHECKS)
