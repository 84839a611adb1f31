"""Reports: a TOML spec names queries, parameters and text; the page links every figure to its evidence."""

from __future__ import annotations

from workbench.report.blocks import Block
from workbench.report.build import build_report
from workbench.report.spec import ReportSpec, find_spec, read_spec

__all__ = ["Block", "ReportSpec", "build_report", "find_spec", "read_spec"]
