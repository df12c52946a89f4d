"""What a checkout asks of the durable engine, and nothing else: the app of bench_durable.py."""

import asyncio
from datetime import timedelta

import azure.durable_functions as df

app = df.DFApp()


@app.orchestration_trigger(context_name="context")
def checkout(context):
    """Wait for `wake` or the expiry, then do the work."""
    wake = context.wait_for_external_event("wake")
    expiry = context.create_timer(context.current_utc_datetime + timedelta(minutes=30))
    winner = yield context.task_any([wake, expiry])
    if winner == expiry:
        return "expired"
    expiry.cancel()
    context.set_custom_status("placing")
    return (yield context.call_activity("place", context.instance_id))


@app.activity_trigger(input_name="preview")
async def place(preview: str) -> dict:
    """About ten waits for a database."""
    for _ in range(10):
        await asyncio.sleep(0.0005)
    return {"orderId": preview}
