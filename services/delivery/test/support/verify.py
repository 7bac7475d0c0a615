# Verifies deliveries with the official library, and signs with it. Reads {secret, deliveries: [{headers, body}], sign: {id, timestamp, body}}; one JSON object out.
import datetime, json, sys
from standardwebhooks.webhooks import Webhook

asked = json.load(sys.stdin)
webhook = Webhook(asked["secret"])
verdicts = []
for delivery in asked["deliveries"]:
    try:
        webhook.verify(delivery["body"], delivery["headers"])
        verdicts.append("ok")
    except Exception as error:
        verdicts.append(str(error))
sign = asked["sign"]
at = datetime.datetime.fromtimestamp(sign["timestamp"], tz=datetime.timezone.utc)
print(json.dumps({"verdicts": verdicts, "signature": webhook.sign(sign["id"], at, sign["body"])}))
