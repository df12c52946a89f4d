"""`python -m cli` is the `orderbuddy` command."""

from cli.main import app

if __name__ == "__main__":
    app(prog_name="orderbuddy")
