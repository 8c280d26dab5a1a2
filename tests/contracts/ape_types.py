"""Names for what ape hands out. It is not typed for us, so they say who is who and no more."""

from typing import Any, TypeAlias

Account: TypeAlias = Any
Contract: TypeAlias = Any
Project: TypeAlias = Any
Receipt: TypeAlias = Any
Chain: TypeAlias = Any
