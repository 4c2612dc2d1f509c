"""The ``sfumato`` command.

Kept free of imports: engine hosts are spawned, and a spawned process imports this module again.
"""


def main() -> None:
    """Run the command line."""
    from sfumato.cli.app import app

    app(prog_name="sfumato")


if __name__ == "__main__":
    main()
