"""Transactions prepared and never sent: the server builds and simulates, the wallet signs. No key comes near.

An action is a file's route: its body, and a plan of what to sign. Everything after the plan is the desk's.
"""
