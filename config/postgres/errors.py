"""What can go wrong with the embedded PostgreSQL. Apart, so that it is imported without a server's machinery."""


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be made, started or used; the message says why in words for an administrator."""
