"""Following value through the ledger: `follow.trace` is the way in."""
