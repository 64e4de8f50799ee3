"""The content security policy of a page: nothing runs in it but the scripts and styles that the folder `web` holds."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from gee_scl.views.pages.templates import FOLDER


def content_policy(scripts: Sequence[str], styles: Sequence[str], *, image_hosts: Sequence[str] = ()) -> str:
    """Write what a page may do, for `<meta http-equiv="Content-Security-Policy">`.

    Scripts and styles are allowed by the hash of the file, so that a text which got past the escaping runs nothing,
    and nothing is requested from anywhere but the named hosts (https://www.w3.org/TR/CSP3/).

    Args:
        scripts: files of the folder that stand alone in a `<script>`.
        styles: files of the folder that stand alone in a `<style>`.
        image_hosts: origins that pictures may come from, such as "https://tile.openstreetmap.org"; none by default.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes(scripts)}",
            f"style-src {_hashes(styles)}",
            " ".join(("img-src data:", *image_hosts)),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hashes(names: Sequence[str]) -> str:
    digests = (hashlib.sha256((FOLDER / name).read_bytes()).digest() for name in names)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests) or "'none'"
