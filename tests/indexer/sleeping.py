"""What tests have a process beside do. Imports nothing, so that it starts soon."""

import os
import time
from collections.abc import Callable


def sleeper(added: float) -> Callable[[float], object]:
    """What it is asked: sleep so long and say so; below 0 raise, at 98 say what cannot be said, at 99 end."""

    def sleep(seconds: float) -> object:
        if seconds < 0:
            raise ValueError(f"{seconds} s")
        if seconds == 98:
            return lambda: None
        if seconds == 99:
            os._exit(1)
        time.sleep(seconds)
        return seconds + added

    return sleep
