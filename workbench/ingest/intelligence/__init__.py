"""What threat-intelligence formats share: STIX objects and patterns, MISP values, indicators."""
