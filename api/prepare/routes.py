"""Every resource with actions."""

from api.prepare import deposit, documents, fractions, offerings, rent, signed, vault

ACTIONS = (vault, deposit, signed, fractions, offerings, rent, documents)
