"""Which wallets have one owner, by which heuristic, and because of which transactions."""
