"""What a command says when it can't be done."""

import click


class CwsError(click.ClickException):
    """What is wrong, where, the value got and what is allowed; shown without a traceback.

    :param message: the text shown after ``Error:``.
    """


class ProcessError(CwsError):
    """Another process failed; the command ends with its status.

    :param message: the text shown after ``Error:``.
    :param status: the process's exit status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        # click declares it for the class: a status is an attribute that an instance may have.
        vars(self)["exit_code"] = status
