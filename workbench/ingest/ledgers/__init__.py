"""What ledger formats share: rows checked once and remembered, times of blocks, decimals, column mappings."""
