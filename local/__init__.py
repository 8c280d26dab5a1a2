"""Everything on one machine: Postgres, chain, deployment, traffic. Used by the command and by tests."""
