import { randomUUID } from 'node:crypto'
import { frontApp, frontPlain, frontRule, makeApiKey, makeHmac, type Scheme, sign } from '@millrace/signing'
import { type Call, command, type Terminal, usage } from './command.ts'
import { CliError } from './errors.ts'
import { readInput } from './files.ts'
import { freshIds } from './fresh-ids.ts'
import { type CliSettings, readCliSettings } from './settings.ts'

/** A synchronous answer of Make's route takes up to WEBHOOK_TIMEOUT_SECONDS. */
const ANSWER_WITHIN_MS = 40_000

interface Sender {
  readonly path: string
  /** The first is used when none is named. */
  readonly schemes: Readonly<Record<string, Scheme>>
  secretOf(settings: CliSettings, scheme: string): { readonly value: string | undefined; readonly variable: string }
}

const senders: Readonly<Record<string, Sender>> = {
  front: {
    path: '/api/webhooks/front',
    schemes: { app: frontApp, rule: frontRule, plain: frontPlain },
    secretOf: ({ webhookSecret, frontRuleSecret }, scheme) => ({
      value: scheme === 'rule' ? (frontRuleSecret ?? webhookSecret) : webhookSecret,
      variable: 'WEBHOOK_SECRET',
    }),
  },
  make: {
    path: '/api/webhook/make.com/chatgpt-clients',
    schemes: { 'api-key': makeApiKey, hmac: makeHmac },
    secretOf: ({ makeWebhookSecret }) => ({ value: makeWebhookSecret, variable: 'MAKE_COM_WEBHOOK_SECRET' }),
  },
}

const options = {
  source: { type: 'string', value: 'front|make', doc: 'As whom to send. Required.' },
  scheme: {
    type: 'string',
    value: 'NAME',
    doc: 'How to sign: app (default), rule, plain for front; api-key (default), hmac for make.',
  },
  url: { type: 'string', value: 'URL', doc: 'Address of the gateway; default http://127.0.0.1:GATEWAY_PORT (8000).' },
  fresh: {
    type: 'boolean',
    doc: 'Make it an event of its own: new ids in a Front body, a new Idempotency-Key for Make.',
  },
  json: { type: 'boolean', doc: 'One JSON object: {"status": ..., "webhook_id": ..., "body": ...}.' },
} as const

type SendCall = Call<typeof options>

/** `send`: posts a file as a provider would. */
export const send = command({
  name: 'send',
  takes: ['FILE'],
  summary: 'Sign a file as a provider would, post it to the gateway, and show the answer.',
  details: [
    'The secrets are those of the default sources: WEBHOOK_SECRET, FRONT_RULE_SECRET, MAKE_COM_WEBHOOK_SECRET.',
    'The exit code is 0 for an answer of 2xx.',
    '',
    'millrace send test/support/fixtures/front/app-webhook.inbound_received.json --source front --fresh',
  ].join('\n'),
  options,
  async run(call, terminal) {
    const settings = readCliSettings()
    const { sender, scheme, schemeName } = senderOf(call)
    const { value: secret, variable } = sender.secretOf(settings, schemeName)
    if (secret === undefined)
      throw new CliError('MR_CLI_SETTING_MISSING', `${variable} is not set, so there is nothing to sign with`)
    const isMake = call.options.source === 'make'
    const body = await bodyOf(call, isMake)
    const headers = {
      'content-type': 'application/json',
      ...(isMake && call.options.fresh ? { 'idempotency-key': randomUUID() } : {}),
      ...sign(scheme, { body, timestamp: Date.now() }, secret),
    }
    const base = call.options.url ?? `http://127.0.0.1:${settings.gatewayPort}`
    return showAnswer(await post(base, sender.path, headers, body), call, terminal)
  },
})

function senderOf({ options: { source, scheme: named } }: SendCall) {
  const sender = source === undefined || !Object.hasOwn(senders, source) ? undefined : senders[source]
  if (sender === undefined) throw usage(`--source is front or make, not "${source ?? ''}"`, 'send')
  const schemeName = named ?? Object.keys(sender.schemes)[0] ?? ''
  const scheme = Object.hasOwn(sender.schemes, schemeName) ? sender.schemes[schemeName] : undefined
  if (scheme === undefined)
    throw usage(
      `--scheme of ${source} is one of ${Object.keys(sender.schemes).join(', ')}, not "${schemeName}"`,
      'send',
    )
  return { sender, scheme, schemeName }
}

async function bodyOf({ args: [file = ''], options: { fresh } }: SendCall, isMake: boolean): Promise<Buffer> {
  const bytes = await readInput(file)
  return fresh && !isMake ? Buffer.from(freshIds(bytes.toString())) : bytes
}

async function post(base: string, path: string, headers: Record<string, string>, body: Buffer) {
  if (!URL.canParse(path, base)) throw usage(`--url is a URL, not "${base}"`, 'send')
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const answer = await fetch(new URL(path, base), { method: 'POST', headers, body, signal, redirect: 'manual' })
    return { status: answer.status, text: await answer.text(), header: answer.headers.get('x-webhook-id') }
  } catch (cause) {
    const { cause: inner, name } = cause as Error & { cause?: { code?: string; message?: string } }
    const reason = inner?.code ?? inner?.message ?? name
    throw new CliError('MR_CLI_GATEWAY_UNREACHABLE', `the gateway at ${base} does not answer (${reason})`, { cause })
  }
}

function showAnswer(
  { status, text, header }: Awaited<ReturnType<typeof post>>,
  { options: { json } }: SendCall,
  terminal: Terminal,
): number {
  const body = parsed(text)
  const webhookId = webhookIdIn(body) ?? header
  if (json) terminal.line(JSON.stringify({ status, webhook_id: webhookId, body }))
  else {
    terminal.line(`status      ${status}`)
    if (webhookId !== null) terminal.line(`webhook_id  ${webhookId}`)
    terminal.line(typeof body === 'string' ? body : JSON.stringify(body, null, 2))
  }
  return status >= 200 && status < 300 ? 0 : 1
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function webhookIdIn(body: unknown): string | null {
  const id = typeof body === 'object' && body !== null && 'webhook_id' in body ? body.webhook_id : undefined
  return typeof id === 'string' ? id : null
}
