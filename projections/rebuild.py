"""Rebuilding: the read model made anew from the log, beside the live tables."""
