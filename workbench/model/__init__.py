"""What the workbench says about the world: records, claims, ids, amounts, confidence."""
