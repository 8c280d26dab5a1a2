"""Speed, measured beside a limit in the same run, and printed as a ratio."""
