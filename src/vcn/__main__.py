"""``python -m vcn`` is ``vcn``."""

from vcn.cli import main

main()
