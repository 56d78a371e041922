"""`python -m analyzer` is the `groundplan` command."""

from analyzer.cli import main

if __name__ == "__main__":
    main(prog_name="groundplan")
