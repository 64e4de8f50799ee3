"""What the sample says of itself, everywhere."""

from typing import Final

SYNTHETIC: Final = "Synthetic: invented pixels over an invented landscape, no measurement."

NOTE: Final = (
    f"{SYNTHETIC} Made by gee-scl for trying things out and for tests; of no use for statements about any place."
)
