/** How Front is connected. `app`: an application webhook; `rule`: a rule's webhook action. */
export type FrontKind = 'app' | 'rule'

/** What to do in Front, with the URL to paste. */
export function frontSteps(kind: FrontKind, url: string): readonly string[] {
  return kind === 'app' ? frontAppSteps(url) : frontRuleSteps(url)
}

function frontAppSteps(url: string): readonly string[] {
  return [
    'In Front: Settings > Developers > your app (or Create app).',
    'Basic information: copy the App secret (not the OAuth client secret, not an API token) into WEBHOOK_SECRET of the gateway.',
    'Start or restart the gateway: Front calls it when the webhook is saved.',
    'Features > Application webhooks > Webhook URL, paste:',
    `    ${url}`,
    'Choose the event types (all of them does no harm), then Save. Front now sends a signed challenge.',
  ]
}

function frontRuleSteps(url: string): readonly string[] {
  return [
    'In Front: Settings > Integrations > Webhooks, switch it on, and copy its API secret into FRONT_RULE_SECRET of the gateway.',
    'Start or restart the gateway.',
    'Settings > Rules > Add rule: When … (for example: inbound message is received), Then: Send to a webhook, paste:',
    `    ${url}`,
    'Choose "Send full event data" (a preview holds ids only; the rest is then read by the API), then Save.',
    'Rule webhooks have no challenge: do once what the rule waits for.',
  ]
}

/** What to do in Make, with the URL to paste. */
export function makeSteps(url: string, blueprint: string): readonly string[] {
  return [
    'Put a long random key into MAKE_COM_WEBHOOK_SECRET of the gateway (openssl rand -hex 24), and start or restart it.',
    `In Make: Create a new scenario > ... (More) > Import blueprint > ${blueprint}`,
    'HTTP module "Ask Millrace": URL, paste:',
    `    ${url}`,
    'Its header x-make-apikey: the same key. Leave on: Evaluate all states as errors, Parse response. Timeout: 60.',
    'Leave the Break handler on it, and in the scenario settings "Allow storing of incomplete executions" on: only then Make repeats our 503.',
    'Webhook module: Add, save, and let your ClickUp automation (or a test) call its address. Then Run once.',
  ]
}
