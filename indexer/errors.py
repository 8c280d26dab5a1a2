"""The indexer's expected troubles, in families: retry, halt. (Bad data is a value: chain.Rejection.)"""


class Retry(Exception):
    """It may pass: the node or the database is away, or the node says what cannot all be true."""


class Unusable(Retry):
    """The provider is away, or what it answers cannot be used: ask another one, and this one later."""


class Lie(Unusable):
    """The provider's answer failed a proof: ask another one, and this one much later."""


class Halt(Exception):
    """Going on would be unsafe. Nothing was changed; the message names what the operator can do."""
