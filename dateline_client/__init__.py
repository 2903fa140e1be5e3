"""
A client of Dateline: what the rules were on any day.

    from dateline_client import Client

    with Client("http://127.0.0.1:8321") as client:
        state = client.state("NL", as_of="2019-11-20")
"""

from dateline_client.client import AsyncClient, Client
from dateline_client.frames import to_pandas, to_polars
from dateline_client.problems import DatelineError, ExtraMissing, Misunderstood, Problem, Unreachable

__all__ = [
    "AsyncClient",
    "Client",
    "DatelineError",
    "ExtraMissing",
    "Misunderstood",
    "Problem",
    "Unreachable",
    "to_pandas",
    "to_polars",
]
