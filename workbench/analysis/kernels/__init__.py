"""Compiled loops over arrays: `(arrays, state) → (arrays, state)`. No names, no text, no graph enters here."""
