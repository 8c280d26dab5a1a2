"""The operator's commands, one file each: its options, what it does, and what it prints."""
