/** How Front is connected. `app`: an application webhook; `rule`: a rule's webhook action. */
export type FrontKind = 'app' | 'rule'

/** What the steps are about. */
interface StepsOf {
  /** What to paste. */
  readonly url: string
  /** Name of the source. */
  readonly source: string
  /** With one, the settings of single secrets are not read. */
  readonly sourcesFile: string | undefined
}

/** What to do in Front, with the URL to paste. */
export function frontSteps(kind: FrontKind, of: StepsOf): readonly string[] {
  return kind === 'app' ? frontAppSteps(of) : frontRuleSteps(of)
}

function frontAppSteps(of: StepsOf): readonly string[] {
  return [
    'In Front: Settings > Developers > your app (or Create app).',
    `Basic information: copy the App secret (not the OAuth client secret, not an API token) into ${placeOf('WEBHOOK_SECRET', of)}.`,
    'Start or restart the gateway: Front calls it when the webhook is saved.',
    'Features > Application webhooks > Webhook URL, paste:',
    `    ${of.url}`,
    'Choose the event types (all of them does no harm), then Save. Front now sends a signed challenge.',
  ]
}

function frontRuleSteps(of: StepsOf): readonly string[] {
  return [
    `In Front: Settings > Integrations > Webhooks, switch it on, and copy its API secret into ${placeOf('FRONT_RULE_SECRET', of)}.`,
    'Start or restart the gateway.',
    'Settings > Rules > Add rule: When … (for example: inbound message is received), Then: Send to a webhook, paste:',
    `    ${of.url}`,
    'Choose "Send full event data" (a preview holds ids only; the rest is then read by the API), then Save.',
    'Rule webhooks have no challenge: do once what the rule waits for.',
  ]
}

/** What to do in Make, with the URL to paste. */
export function makeSteps(blueprint: string, of: StepsOf): readonly string[] {
  return [
    `Put a long random key (openssl rand -hex 24) into ${placeOf('MAKE_COM_WEBHOOK_SECRET', of)}, and start or restart the gateway.`,
    `In Make: Create a new scenario > ... (More) > Import blueprint > ${blueprint}`,
    'HTTP module "Ask Millrace": URL, paste:',
    `    ${of.url}`,
    'Its header x-make-apikey: the same key. Leave on: Evaluate all states as errors, Parse response. Timeout: 60.',
    'Leave the Break handler on it, and in the scenario settings "Allow storing of incomplete executions" on: only then Make repeats our 503.',
    'Webhook module: Add, save, and let your ClickUp automation (or a test) call its address. Then Run once.',
  ]
}

/** Where the gateway has the secret from. */
function placeOf(setting: string, { source, sourcesFile }: StepsOf): string {
  return sourcesFile === undefined ? `${setting} of the gateway` : `\`secrets\` of source ${source} in ${sourcesFile}`
}
