"""What can go wrong while a tenant or a file is read.

    ConnectorError              a message for the person who runs the scan: what happened and what to do
      SettingError              a field of the tenant form is wrong; `setting` names it
      UnreachableError          no connection, a time-out, a certificate that does not fit
      AuthenticationError       the provider did not accept our credential
      DeniedError               the main listing was refused; `permission` names what is missing
      ProtocolError             an answer that is not what the provider's API promises; `url` and HTTP `status`
      FileError                 a file that cannot be read as an export; `place` says where in it

No message ever holds a secret.
"""


class ConnectorError(Exception):
    """The read failed; the message tells what happened and what to do about it."""


class SettingError(ConnectorError):
    """A setting is missing or malformed."""

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


class UnreachableError(ConnectorError):
    """The provider could not be reached, or the connection was not safe to use."""


class AuthenticationError(ConnectorError):
    """The provider refused the credential."""


class DeniedError(ConnectorError):
    """A read that the whole listing rests on was refused."""

    def __init__(self, permission: str, message: str) -> None:
        super().__init__(message)
        self.permission = permission


class ProtocolError(ConnectorError):
    """The provider answered with something that its API does not promise."""

    def __init__(self, url: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{message} ({url})")
        self.url = url
        self.status = status


class FileError(ConnectorError):
    """The file cannot be read as an export. `place` is a line and column, or a path into the document."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
