"""Generated landing folders: realistic files of invented people, with the truth beside them.

Belongs here: drawing a population, spelling it as departments do, planting cases.
Does not belong here: reading files (assets), what counts (rules), the law (policy). Imports data_contracts only.
"""

from sample.generate import DEFAULT_AS_OF, generate
from sample.truth import Case, FileTruth, Gap, NotConsented, SampleSummary

__all__ = ["DEFAULT_AS_OF", "Case", "FileTruth", "Gap", "NotConsented", "SampleSummary", "generate"]
