"""Saved queries: found by path, checked, and run. See docs/queries.md for how to write one."""

from __future__ import annotations

from workbench.queries.check import SavedQuery, parse_query
from workbench.queries.library import QueryLibrary
from workbench.queries.page import queries_page
from workbench.queries.parameters import Parameter, ParameterType

__all__ = ["Parameter", "ParameterType", "QueryLibrary", "SavedQuery", "parse_query", "queries_page"]
