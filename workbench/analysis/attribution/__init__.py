"""Who did it, and how sure: `rank.attribute` is the way in."""
