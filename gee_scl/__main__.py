"""The command line as a module: `python -m gee_scl`, where no script is on the path."""

from __future__ import annotations

from gee_scl.commands.main import main

if __name__ == "__main__":
    raise SystemExit(main())
