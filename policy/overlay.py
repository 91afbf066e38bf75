"""Policy files laid over a policy book: "what if these values were in force besides, or instead".

Nothing special is resolved: a value replaces the one of the same area, parameter and `from`; the nearest area's newest
value by the check date is in force, as always. So a newer or nearer value of the book still wins over an older one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from policy.errors import PolicyError
from policy.policy import PolicyBook, read_layer, yaml_files
from policy.values import PolicyValue


@dataclass(frozen=True)
class Overlay:
    """The values, by area, parameter and day, and the names of their areas."""

    values: tuple[PolicyValue, ...]
    labels: Mapping[str, str]

    def on(self, book: PolicyBook) -> PolicyBook:
        """A new book; the given one stays as it is."""
        values = {_key(value): value for value in (*book.values(), *self.values)}
        labels = {area: book.label(area) for area in book.areas()}
        labels.update({area: label for area, label in self.labels.items() if label or area not in labels})
        return PolicyBook(values.values(), labels, book.calendar)


def _key(value: PolicyValue) -> tuple[str, str, date]:
    return (value.area, value.parameter, value.from_on)


def read_overlay(path: Path) -> Overlay:
    """One policy file, or the YAML files of a folder. Values carry the file's name, as they were given.

    Raises PolicyError with every mistake of every file, OSError where one cannot be read.
    """
    files = yaml_files(path) if path.is_dir() else [path]
    values, labels, problems = read_layer(files, "")
    if problems:
        raise PolicyError(problems)
    return Overlay(tuple(values[key] for key in sorted(values)), labels)
