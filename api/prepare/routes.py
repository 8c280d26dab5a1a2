"""Every resource with actions."""

from api.prepare import deposit, documents, fractions, offerings, orders, rent, signed, signed_orders, vault

ACTIONS = (vault, deposit, signed, fractions, offerings, orders, signed_orders, rent, documents)
