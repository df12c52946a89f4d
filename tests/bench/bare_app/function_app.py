"""The least that an app with orchestrations and HTTP imports: what our own cold start is held against."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    """Answer."""
    return func.HttpResponse("hello")
