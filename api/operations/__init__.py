"""What an operator watches: where the index stands, who it asks, whether it is right. Read-only."""
