"""What whysim raises: each error is a :class:`Error` and one of Python's own kinds, with the library's text."""


class Error(Exception):
    """Everything that whysim raises of its own."""


class InputError(Error, ValueError):
    """A text, an option, a file's contents or a pair of decompositions is not what it should be; the text says what would be."""


class TypeInputError(InputError, TypeError):
    """An argument is of a wrong type: an :class:`InputError` that is Python's ``TypeError`` as well."""


class PositionError(InputError, IndexError):
    """There is nothing at a position: an :class:`InputError` that is Python's ``IndexError`` as well."""


class FileError(Error, OSError):
    """A file or a model is not there, or cannot be read, written or downloaded."""


class RunError(Error, RuntimeError):
    """Work ended before its end: a training that diverged or was stopped."""


class ConvergenceWarning(UserWarning):
    """A tolerance was missed: the quadrature nodes that were allowed were not enough. It says what was reached, and what helps."""


class MissingError(Error, ImportError):
    """A package that this needs is not installed; the text says how to install it. Python's ``ImportError`` as well."""


# As users see them.
for _class in (Error, InputError, TypeInputError, PositionError, FileError, RunError, MissingError, ConvergenceWarning):
    _class.__module__ = "whysim"
