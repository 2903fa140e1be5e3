"""placeholder"""

from services.intake.problems import Problems
from services.intake.sources.mapping import Asked, Mapped, OnRecord


def mapped(asked: Asked, on_record: OnRecord, problems: Problems) -> Mapped:
    return Mapped([], [])
