"""`python -m paperkb`: the command, also where the folder of installed scripts is not on the path."""

from cli.main import run

if __name__ == "__main__":
    run()
