/** What to do about a rule that was broken, by rule: told on its page, in docs/problems.md and by `millrace connect`. */
export const problemAdvice: Readonly<Record<string, string>> = {
  'signature-missing':
    'Send the header that the source’s scheme names: `X-Front-Signature` for Front, `x-make-apikey` for Make. If it was sent, a proxy on the way drops it.',
  'signature-malformed':
    'Send the signature in the encoding of the scheme, whole and alone. Front’s are base64: 44 characters for an app webhook, 28 for a rule webhook. A hex digest, a cut value or quotation marks around it end up here.',
  'signature-mismatch':
    'Most often the secret is another one: Front’s app webhooks are signed with the App secret of the app (not the OAuth client secret, not an API token), its rule webhooks with the API secret of the Webhooks integration. Else something between sender and gateway changed the body: sign and send the same bytes. `millrace verify` explains a kept request offline.',
  'timestamp-missing':
    'Send the time that was signed in the header of the scheme (`X-Front-Request-Timestamp`, `webhook-timestamp`).',
  'timestamp-malformed': 'Send the time as digits alone: seconds or milliseconds since 1970.',
  'timestamp-stale':
    'Set the sender’s clock by NTP, and sign each try anew. If clocks are right, something holds requests back on the way for longer than the source’s `tolerance_ms`.',
  'timestamp-future': 'Set the clocks of sender and gateway by NTP.',
  'secret-missing':
    'Whoever runs the gateway has to configure a secret for this scheme (`WEBHOOK_SECRET`, `FRONT_RULE_SECRET`, `MAKE_COM_WEBHOOK_SECRET`, or `secrets` in the sources file), or its time has not begun or is over.',
  'status-token': 'Use the value of `GATEWAY_STATUS_TOKEN` as bearer token; it needs at least 16 characters.',
  'source-unknown':
    'Compare the URL with what `millrace connect` prints, letter by letter. Sources are configured by who runs the gateway.',
  'address-not-allowed':
    'The source takes requests from its `allowed_addresses` alone. Behind a load balancer the gateway must know it (`GATEWAY_TRUSTED_PROXIES`), or it sees the balancer’s address.',
  method: 'Use the method that the `Allow` header names; webhooks are posted.',
  'body-too-large': 'Send less at once: the bound is the source’s `max_body_bytes` (1 MiB where nothing else is set).',
  'content-encoding':
    'Send the body as it is, without gzip or another `Content-Encoding`: signatures are made over the plain bytes.',
  'body-not-json': 'Send one JSON text in UTF-8. The answer’s `detail` names the place at which it breaks.',
  'rate-per-address':
    'Wait for `Retry-After`. Who runs the gateway can raise `GATEWAY_RATE_PER_ADDRESS` where many senders share one address.',
  'rate-per-source': 'Wait for `Retry-After`. Who runs the gateway can raise the source’s `rate_limit_per_minute`.',
  'reply-timeout':
    'Nothing is lost: the event is stored. Send the same request again, with the same `Idempotency-Key`, and get its answer.',
  'kafka-unavailable':
    'Send the same request again after `Retry-After`: nothing of it counts as accepted. Who runs the gateway looks at the brokers, and whether the topics exist (`millrace topics create`).',
  'kafka-queue-full':
    'Send the same request again after `Retry-After`: more comes in than the brokers take at the moment.',
  'kafka-too-large': 'Send smaller events: the topic does not take one of this size.',
  'kafka-key-pending':
    'Send the same request again after `Retry-After`: nothing of it counts as accepted. Who runs the gateway looks at Redis and Kafka, through which the keys come that encrypt events.',
  erased:
    'Nothing: the person or conversation was erased on request, and the sender should know them no more either. Who runs the gateway finds the erasure in the console.',
  'source-disabled':
    'Send the same request again later: whoever runs the gateway has switched the source off in the sources file. To go on storing while polling counts, it is left on and rolled back (`millrace rollback SOURCE`).',
  'one-event': 'Send one event a request to a source that answers synchronously, not an array.',
  internal: 'Send the same request again. If it fails again, tell who runs the gateway its `webhook_id`.',
}
