"""The one error that the command reports as a sentence instead of a traceback."""


class ClusterError(Exception):
    """Something the user can act on; its text is the whole message."""
