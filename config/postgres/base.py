"""Django's PostgreSQL engine, which starts the embedded server when a connection needs it."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from config import embedded_postgres


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the server whose folder the settings name as EMBEDDED_FOLDER."""

    def get_connection_params(self) -> dict[str, Any]:
        """What psycopg is given; raises EmbeddedPostgresError where the server does not start."""
        server = embedded_postgres.server_in(Path(self.settings_dict["EMBEDDED_FOLDER"]))
        params: dict[str, Any] = super().get_connection_params()
        params["host"] = str(server.use())
        params["password"] = server.password()
        return params
