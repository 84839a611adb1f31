"""What sanctions formats share: designated parties, their wallets, which authority a list is of."""
