"""Exposure: what wallets have to do with listed and labelled ones, and by whose word those are so."""
