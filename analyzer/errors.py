"""Trouble in the call. Trouble in the tree is a Finding; trouble in our code is a traceback."""


class AnalyzerError(Exception):
    """The command could not run; the message starts with the subject and says what to do.

    Caught once, in `cli`, which prints the message and exits with 2.
    """


class ConfigError(AnalyzerError):
    """`groundplan.yaml` cannot be used; the message lists every problem, one a line."""


class PlaceError(AnalyzerError):
    """A path or ENVIRONMENT/COMPONENT on the command line names nothing in the tree."""


class EngineError(AnalyzerError):
    """The kustomize engine is not the pinned one, or cannot be started at all."""


class WriteError(AnalyzerError):
    """A file could not be written, or is no longer what it was when the change was planned."""


class StaleError(AnalyzerError):
    """A plan does not fit the tree any more: a file of it is not what the plan was made for."""
