"""What a command loads."""

from __future__ import annotations

import json
import subprocess
import sys

_RUN = """
import json, sys
from vcn.cli import main
sys.argv = ["vcn", *sys.argv[1:]]
try:
    main()
finally:
    print(json.dumps([*sys.modules]), file=sys.stderr)
"""


def loaded_by(*arguments: object) -> tuple[str, set[str]]:
    """What a command says, and the modules that it loaded."""
    said = subprocess.run(
        [sys.executable, "-c", _RUN, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    return said.stdout, set(json.loads(said.stderr.splitlines()[-1]))
