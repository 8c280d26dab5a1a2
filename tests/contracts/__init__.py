"""The contracts' own tests, run by ape in process on eth-tester."""
