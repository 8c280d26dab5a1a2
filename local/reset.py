"""freehold reset: forget the local chain and database that `up` made. Installed packages stay."""

import shutil
import sys

from local.state import LocalState, StackRuns


def main() -> int:
    state = LocalState.here()
    try:
        with state.alone():
            if not state.home.exists():
                print("There is nothing to forget: no local stack was started here.")
                return 0
            shutil.rmtree(state.home)
    except StackRuns as runs:
        print(f"freehold reset: {runs}", file=sys.stderr)
        return 1
    print("Forgotten. The next `./freehold up` starts a new chain and a new database.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
