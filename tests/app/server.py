"""A dashboard of one's own for a test: started on a free port, stopped by its process id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from core.settings import ROOT


@contextmanager
def serving(log: Path, program: list[str] | None = None) -> Iterator[str]:
    """Runs the dashboard with this process's environment; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = program or [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard.py")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*words, f"--server.port={port}"], cwd=ROOT, env=dict(os.environ), stdout=out, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            try:
                if httpx.get(f"{address}/_stcore/health", timeout=1).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the dashboard did not start")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
