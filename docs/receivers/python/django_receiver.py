"""A receiver in Django: WEBHOOK_SECRET=whsec_… python django_receiver.py"""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import inbox

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY=os.urandom(32).hex())
webhook = Webhook(os.environ["WEBHOOK_SECRET"])


# The signature takes the place of the CSRF token: no browser sends this request.
@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    try:
        # request.body is the bytes as they came. Parsed and written again they would no longer fit the signature.
        event = webhook.verify(request.body, dict(request.headers))
    except WebhookVerificationError:
        return HttpResponse("bad signature", status=401)
    inbox.take(request.headers["webhook-id"], event.get("type", "message"), request.body)
    return HttpResponse(status=204)


urlpatterns = [path("webhooks", receive)]

if __name__ == "__main__":
    address = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", "--skip-checks", address])
