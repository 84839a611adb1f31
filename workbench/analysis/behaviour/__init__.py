"""Behaviour: shapes of movement that reports describe, found in the ledger with the transactions behind each."""
