"""A receiver in FastAPI: WEBHOOK_SECRET=whsec_… python fastapi_receiver.py"""

import os

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import inbox

app = FastAPI()
webhook = Webhook(os.environ["WEBHOOK_SECRET"])


@app.post("/webhooks", status_code=204)
async def receive(request: Request) -> Response:
    # The bytes as they came: a Pydantic model in the signature of this function would leave only what was parsed.
    body = await request.body()
    try:
        event = webhook.verify(body, dict(request.headers))
    except WebhookVerificationError as error:
        raise HTTPException(401, "bad signature") from error
    # The database would block the event loop.
    await run_in_threadpool(inbox.take, request.headers["webhook-id"], event.get("type", "message"), body)
    return Response(status_code=204)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")), log_level="warning")
