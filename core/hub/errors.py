"""The errors a person may cause, and the sentence each one says.

Every message names the value, the limit and the remedy, so that a page, the command line and the API can show it as
it stands. A programmer's mistake stays a ``ValueError``.

::

    HubError
    ├── DataError          a table, text or picture that cannot be used as it is
    ├── RecipeError        a setting outside its range or set of choices
    ├── ArtifactError      a stored model that is missing, damaged or not the one its card describes
    ├── NotTrainedError    an answer was asked of a model that has not been trained
    ├── UnavailableError   a server, hub or feed that cannot be reached now
    └── LimitError         a size, count, time or memory cap was reached
"""


class HubError(Exception):
    """The root of what a person may cause: its text is one sentence fit to be shown."""


class DataError(HubError):
    """A table, text or picture cannot be used as it is."""


class RecipeError(HubError):
    """A setting lies outside its range or its set of choices."""


class ArtifactError(HubError):
    """A stored model is missing, damaged, or not the one its card describes."""


class NotTrainedError(HubError):
    """An answer was asked of a model that has not been trained."""


class UnavailableError(HubError):
    """A server, model hub or feed cannot be reached now."""


class LimitError(HubError):
    """A cap on size, count, time or memory was reached."""
