"""Reads source files: every row is loaded, quarantined with a reason, or counted as a duplicate."""
