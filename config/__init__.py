"""How Amphora is put together and run: settings, addresses, Celery, and the processes of an installation."""

from config.ancestry import STARTED_BY
from config.celery import app as celery_app

__all__ = ["STARTED_BY", "celery_app"]
