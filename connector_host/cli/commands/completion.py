"""`connector-host completion SHELL`: the script by which a shell completes commands and options."""

from __future__ import annotations

import click

from ...errors import ConfigError

__all__ = ["command"]

PROGRAM, VARIABLE = "connector-host", "_CONNECTOR_HOST_COMPLETE"


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    r"""Print the script by which SHELL completes commands, options and connectors.

    \b
    bash   connector-host completion bash >> ~/.bashrc
    zsh    connector-host completion zsh >> ~/.zshrc
    fish   connector-host completion fish > ~/.config/fish/completions/connector-host.fish

    Open a new shell afterwards. The bash script needs bash 4.4 or newer.
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only here

    if (completer := get_completion_class(shell)) is None:
        raise ConfigError(f"there is no completion for {shell}", hint="Use bash, zsh or fish.")
    source = completer(click.get_current_context().find_root().command, {}, PROGRAM, VARIABLE)
    # click asks the bash in PATH for its version first, which need not be the one the script is for
    click.echo(source.source_template % source.source_vars())
