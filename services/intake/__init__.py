"""Importers: files in the record format become commands, or are refused with every problem at its place."""

from services.intake.files import Reading, read, stream
from services.intake.problems import InvalidRecord, Problem

__all__ = ["InvalidRecord", "Problem", "Reading", "read", "stream"]
