"""Who started this process. A module by itself, so that it is asked before anything slow is imported."""

import os

STARTED_BY = os.getppid()
"""Process id of our parent when we began. When `os.getppid()` says something else, that process is gone."""
