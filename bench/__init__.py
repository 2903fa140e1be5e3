"""Benchmarks: ratios measured within one run, on a temporary embedded PostgreSQL with durable settings."""
