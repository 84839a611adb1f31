"""Made-up laundering with known owners, to measure tracing (and later attribution) on: `generator.generate`."""
