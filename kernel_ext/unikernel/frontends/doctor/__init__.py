"""doctor: check that everything is here that a build and a boot need, and install it."""

from .examination import examine
from .findings import Examination, Finding, Status
from .remedy import install

__all__ = ["Examination", "Finding", "Status", "examine", "install"]
