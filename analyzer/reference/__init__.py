"""The code → the reference part of Groundplan's own documentation. Nothing is listed twice.

Rules, reports, commands, configuration keys, modules and JSON contracts become whole files; what
commands print becomes sections between markers in files written by hand.
"""

from analyzer.reference.files import changes, files

__all__ = ["changes", "files"]
