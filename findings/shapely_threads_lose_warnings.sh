#!/usr/bin/env bash
# shapely.is_valid in two threads can switch off all warnings of a process for good.
#
# Believed: shapely's functions may be called in several threads at a time, which they are made for (GEOS lets go of the
#           interpreter's lock), and to ask whether a shape is valid changes nothing.
# Happens:  with shapely 2.1.2 is_valid puts "ignore" before all filters of warnings while it asks, by
#           warnings.catch_warnings, which is of the whole process up to Python 3.13 (and in 3.14 but for free-threaded
#           builds). Where two threads are at it at a time, the second puts back what the first has changed: warnings are
#           ignored from then on, in every thread, without a word. is_valid_reason does not do so.
# Matters:  a server or a pool of workers that looks at outlines takes away warnings that say of wrong or missing numbers,
#           and only now and then.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "shapely==2.1.2" 2>/dev/null

cat >"$folder/seen.py" <<'PY'
import threading
import time
import warnings

import shapely

shapes = shapely.buffer(shapely.points(range(300), range(300)), 1)


def is_heard() -> bool:
    """Whether a warning reaches whoever listens; the filters stay as they are."""
    heard = []
    warnings.showwarning, before = (lambda *_, **__: heard.append(1)), warnings.showwarning
    warnings.warn(f"of {time.perf_counter()}")
    warnings.showwarning = before
    return bool(heard)


def in_threads(ask) -> str:
    warnings.resetwarnings()
    ends = time.perf_counter() + 20
    while is_heard() and time.perf_counter() < ends:
        threads = [threading.Thread(target=lambda: [ask(shapes) for _ in range(20)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return "are still heard" if is_heard() else "are lost"


print(f"shapely {shapely.__version__}")
print("after is_valid in eight threads, warnings", in_threads(shapely.is_valid))
print("after is_valid_reason in eight threads, warnings", in_threads(shapely.is_valid_reason))
PY

cat >"$folder/expected" <<'TXT'
shapely 2.1.2
after is_valid in eight threads, warnings are lost
after is_valid_reason in eight threads, warnings are still heard
TXT

"$folder/venv/bin/python" "$folder/seen.py" | tee "$folder/seen"
diff "$folder/expected" "$folder/seen"
