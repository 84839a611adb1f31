"""Answers worked out from the graph: traces, attribution, and how often they are right."""
