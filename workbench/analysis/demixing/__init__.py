"""Hypotheses about who withdrew what from a fixed-denomination mixer: `run.demix` is the way in. Never findings."""
