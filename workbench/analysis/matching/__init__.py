"""The same theft in several lists: `incidents.match_incidents` is the way in."""
