"""Fixtures of the conformance tests."""

from tests.attribution_case import case, technical  # noqa: F401 - fixtures
