"""jupyter_client's provisioner for kernels that are forked from the warm process."""

import asyncio
import signal
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from opsbook.report import warm

__all__ = ["Forking"]

_LONGEST_START = 60.0
_PAUSE = 0.005
_BEFORE_ARGUMENTS = 4
"""``python -P -m MODULE`` comes before what the kernel itself reads."""


class Forking(LocalProvisioner):
    """A local kernel that is born by fork instead of by starting Python."""

    process: Any
    pid: int | None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel; its connection file was written by ``pre_launch``."""
        self.process = warm.shared().fork(
            {
                "kind": "kernel",
                "argv": cmd[_BEFORE_ARGUMENTS:],
                "env": kwargs["env"],
                "cwd": kwargs.get("cwd") or str(Path.cwd()),
            }
        )
        self.pid = self.process.pid
        # A client that connects before the kernel listens waits and tries again for a second.
        self.process.talk.settimeout(_LONGEST_START)
        with self.process.talk as talk:
            if not talk.recv(1):
                raise RuntimeError("the kernel ended before it could be talked to")
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Hand the signal to the warm process, which knows whether the kernel still lives."""
        if self.process:
            self.process.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and what it started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)

    async def wait(self) -> int | None:
        """Wait for its end and let go of it."""
        process, self.process = self.process, None
        if process is None:
            return 0
        while process.poll() is None:
            await asyncio.sleep(_PAUSE)
        process.close()
        ended: int | None = process.returncode
        return ended
