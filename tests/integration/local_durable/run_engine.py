"""A process that serves one app's durable functions and nothing else: what the tests kill.

python -m tests.integration.local_durable.run_engine APP_DIR DATA_DIR PORT
"""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import uvicorn
import uvloop

from local.durable.service import DurableService
from local.host.app import load_app


async def main(app: Path, data_dir: Path, port: int) -> None:
    """Serve until SIGTERM."""
    tree = load_app(app)
    service = DurableService(
        data_dir=data_dir, hub=tree.hub, orchestrators=tree.orchestrators, activities=tree.activities
    )
    await service.start()
    config = uvicorn.Config(
        service.asgi,  # type: ignore[arg-type]  # uvicorn types scopes and messages one by one
        port=port,
        http="httptools",
        lifespan="off",
        interface="asgi3",
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]  # it would die of the signal
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    print("ready", flush=True)
    await serving
    await service.stop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
