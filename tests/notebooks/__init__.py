"""Runs the notebooks as a newcomer would: in an empty folder, with an empty home, without credentials or a network."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from gee_scl.session import sample_folder

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
"""Where the notebooks are kept, without outputs."""

CELL_TIMEOUT = 180
"""Seconds after which a cell hangs: whole notebooks take less than 60 on a machine that does little else."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""What a stored notebook says of its kernel."""

_PASSED_ON = (
    "PATH",
    "SYSTEMROOT",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "VIRTUAL_ENV",
    "COVERAGE_PROCESS_START",
    "PYTHONPATH",
)
_CLOSED = "http://127.0.0.1:9"
"""The port "discard", where nothing answers: a proxy that lets nobody out."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
"""Colours in IPython's tracebacks."""

_MARK = "GEE_SCL_NOTEBOOK"
"""Environment variable by which a notebook's processes can be found again."""


@dataclass
class Run:
    """What came of running a notebook.

    Attributes:
        name: file name without its ending.
        notebook: with its outputs, also those before an error.
        home: the folder that was its home.
        mark: what its processes have in their environment.
        seconds: by cell number, code cells only.
        error: the error's text; empty if there was none.
    """

    name: str
    notebook: nbformat.NotebookNode
    home: Path
    mark: str
    seconds: dict[int, float] = field(default_factory=dict)
    error: str = ""


def paths() -> list[Path]:
    """All notebooks, by name."""
    return sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> nbformat.NotebookNode:
    """A notebook as it is stored."""
    return nbformat.reads(path.read_text("utf-8"), as_version=nbformat.NO_CONVERT)


def stripped(notebook: nbformat.NotebookNode) -> str:
    """A notebook's text as it should be stored: without outputs, counts and all that an editor leaves."""
    bare = nbformat.from_dict({**json.loads(nbformat.writes(notebook)), "metadata": METADATA, "nbformat_minor": 5})
    for cell in bare.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return f"{nbformat.writes(bare)}\n"


def run(path: Path, folder: Path) -> Run:
    """Runs a copy of a notebook by a kernel of this interpreter, which is gone afterwards.

    Args:
        path: the notebook.
        folder: an empty one that exists, for all that the notebook and its kernel write; the notebook works in `work`.
    """
    folder = folder.resolve()
    places = {name: folder / name for name in ("work", "home", "kernel", "ipython", "temporary")}
    for place in places.values():
        place.mkdir()
    notebook = read(path)
    made = Run(path.stem, notebook, places["home"], str(folder))
    started: dict[int, float] = {}

    def on_cell_execute(cell: nbformat.NotebookNode, cell_index: int) -> None:
        started[cell_index] = time.perf_counter()

    def on_cell_executed(cell: nbformat.NotebookNode, cell_index: int, execute_reply: object) -> None:
        made.seconds[cell_index] = time.perf_counter() - started[cell_index]

    client = NotebookClient(
        notebook,
        km=kernel_of_this_interpreter(places["kernel"]),
        timeout=CELL_TIMEOUT,
        record_timing=False,
        on_cell_execute=on_cell_execute,
        on_cell_executed=on_cell_executed,
    )
    try:
        # A kernel whose manager is given outlives the run unless this is said.
        client.execute(cleanup_kc=True, cwd=str(places["work"]), env=_environment(places, made.mark))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        made.error = _ANSI.sub("", str(error))
    return made


def _environment(places: dict[str, Path], mark: str) -> dict[str, str]:
    """An empty home without credentials and without a way out; the sample and the list of fonts are at hand."""
    home = str(places["home"])
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "HOME": home,
        "USERPROFILE": home,
        "IPYTHONDIR": str(places["ipython"]),
        "JUPYTER_CONFIG_DIR": str(places["ipython"]),
        "TMPDIR": str(places["temporary"]),
        "TEMP": str(places["temporary"]),
        "TMP": str(places["temporary"]),
        "GEE_SCL_CACHE": str(sample_folder().parent),
        "MPLCONFIGDIR": str(matplotlib.get_cachedir()),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _CLOSED),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        _MARK: mark,
    }


def kernel_of_this_interpreter(folder: Path) -> AsyncKernelManager:
    """A kernel manager that needs no kernel to be installed for this interpreter.

    Args:
        folder: an empty one that exists, for what managers write.
    """
    spec = folder / "here"
    spec.mkdir()
    # Below errors it only says, each time, that a kernel on loopback is not encrypted.
    command = [sys.executable, "-m", "ipykernel_launcher", "--log-level=40", "-f", "{connection_file}"]
    document = {"argv": command, "display_name": "here", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(document), encoding="utf-8")
    specs = KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)
    connection = str(folder / "connection.json")
    return AsyncKernelManager(kernel_name="here", kernel_spec_manager=specs, connection_file=connection)


def processes(mark: str) -> list[str]:
    """The command lines of a run's processes that are still there."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(_MARK) == mark:
                found.append(" ".join(process.cmdline()))
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def pictures(notebook: nbformat.NotebookNode) -> dict[str, bytes]:
    """The PNG outputs of an executed notebook, named by cell and output."""
    return {
        f"{number:02}-{place}": base64.b64decode(output.data["image/png"])
        for number, cell in enumerate(notebook.cells)
        for place, output in enumerate(cell.get("outputs", []))
        if "image/png" in output.get("data", {})
    }


def save(made: Run, folder: Path) -> list[Path]:
    """Writes an executed notebook and its pictures into a folder, in place of those of its last run.

    Returns:
        The files.
    """
    for old in folder.glob(f"{made.name}-*.png"):
        old.unlink()
    files = [folder / f"{made.name}.ipynb"]
    files[0].write_text(nbformat.writes(made.notebook), "utf-8")
    for name, data in pictures(made.notebook).items():
        files.append(folder / f"{made.name}-{name}.png")
        files[-1].write_bytes(data)
    return files


def run_and_save(path: Path, folder: Path) -> Run:
    """Runs a notebook in a temporary folder and keeps it and its pictures in another."""
    with tempfile.TemporaryDirectory(prefix="gee-scl-notebook-") as scratch:
        made = run(path, Path(scratch))
        save(made, folder)
    return made
