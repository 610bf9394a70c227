"""What a command says of a service before it serves it."""

import click
from flask import Flask
from werkzeug.serving import is_running_from_reloader

from coworks_runtime.service import TechMicroService

NOBODY = (
    " * TOKEN is undefined: nobody can call the entries that ask for a token (all of them answer "
    "403). Make one with: cws token"
)


def tell_who_may_call(app: Flask) -> None:
    """Under ``run``, tell where nobody could call the protected entries.

    :param app: the service, or any other Flask application.
    """
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run" or is_running_from_reloader():
        return
    if not isinstance(app, TechMicroService) or app.could_accept_a_token():
        return
    if any(not entry.no_auth for entry in app.entry_map()):
        click.echo(NOBODY, err=True)
