"""A receiver in Flask: WEBHOOK_SECRET=whsec_… python flask_receiver.py"""

import os

from flask import Flask, abort, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import inbox

app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])


@app.post("/webhooks")
def receive():
    # The bytes as they came; request.json would leave only what was parsed.
    body = request.get_data()
    try:
        event = webhook.verify(body, dict(request.headers))
    except WebhookVerificationError:
        abort(401)
    inbox.take(request.headers["webhook-id"], event.get("type", "message"), body)
    return "", 204


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
