import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Rule, rules, verifyStandardWebhook } from '@millrace/signing'
import { type Call, command, type Terminal, usage } from './command.ts'
import { CliError } from './errors.ts'

const options = {
  secret: {
    type: 'list',
    value: 'SECRET',
    doc: 'whsec_… or whpk_… of the endpoint, or several while it is rotated.',
  },
  status: { type: 'string', value: 'CODE', doc: 'Answer this to what is signed rightly. Default 204.' },
  'delay-ms': { type: 'string', value: 'MS', doc: 'Answer only after so long, to see time-outs.' },
  body: { type: 'boolean', doc: 'Show bodies too.' },
  json: { type: 'boolean', doc: 'One JSON object per delivery.' },
} as const

interface Plan {
  readonly port: number
  readonly secrets: readonly string[]
  readonly status: number
  readonly delayMs: number
  readonly hasBody: boolean
  readonly isJson: boolean
}

/** What arrived, as it is shown. */
interface Arrival {
  readonly at: string
  readonly webhook_id: string
  readonly type: string | null
  readonly bytes: number
  /** `ok`, the rule that the signature breaks, or that it was not checked. */
  readonly signature: 'ok' | 'not-checked' | Rule
  /** Arrivals of this id so far. */
  readonly try: number
  readonly answered: number
  readonly body?: string
}

/** Larger than any delivery. */
const MAX_BODY_BYTES = 4_194_304
/** Ids that are remembered to count tries. */
const MAX_IDS = 10_000

/** `listen`: a receiver on this machine. */
export const listen = command({
  name: 'listen',
  takes: ['PORT'],
  summary: 'Receive deliveries on this machine, and show each with the verdict on its signature.',
  details: [
    'Listens on 127.0.0.1 until Ctrl-C. What is signed wrongly is answered 401, everything else the status that is asked for.',
    'Without a secret signatures are not checked, and that is said.',
    '',
    'millrace listen 4000 --secret whsec_…',
    'millrace endpoints add http://127.0.0.1:4000/webhooks      (a local installation; elsewhere put a tunnel before it)',
    'millrace listen 4000 --status 503                          (watch the retries)',
  ].join('\n'),
  options,
  async run(call, terminal) {
    const plan = planOf(call)
    const server = createServer((request, response) => {
      receive(request, response, plan, terminal).catch(() => response.destroy())
    })
    server.listen(plan.port, '127.0.0.1')
    await listening(server, plan.port)
    const { port } = server.address() as { port: number }
    terminal.note(`listening on http://127.0.0.1:${port}/ (any path); Ctrl-C ends it`)
    if (plan.secrets.length === 0) terminal.note('no secret is given, so signatures are not checked')
    if (!terminal.signal.aborted) await once(terminal.signal, 'abort')
    server.close()
    server.closeAllConnections()
    return 0
  },
})

async function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  try {
    await once(server, 'listening')
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new CliError('MR_CLI_USAGE', `cannot listen on port ${port} (${reason}); take another`, { cause })
  }
}

const seen = new Map<string, number>()

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  plan: Plan,
  terminal: Terminal,
): Promise<void> {
  // Deliveries are posted; whoever looks whether we are there must not be taken for one.
  if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end()
  const body = await bodyOf(request)
  if (body === undefined) return void response.writeHead(413).end()
  const arrival = arrivalOf(request, body, plan)
  terminal.line(plan.isJson || !terminal.isInteractive ? JSON.stringify(arrival) : lineOf(arrival))
  if (plan.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, plan.delayMs))
  response.writeHead(arrival.answered).end()
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function arrivalOf(request: IncomingMessage, body: Buffer, { secrets, status, hasBody }: Plan): Arrival {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  )
  const id = headers['webhook-id'] ?? ''
  const signature = secrets.length === 0 ? 'not-checked' : verifyStandardWebhook({ headers, body }, secrets, Date.now())
  return {
    at: new Date().toISOString(),
    webhook_id: id,
    type: typeOf(body),
    bytes: body.length,
    signature,
    try: countTry(id),
    answered: signature === 'ok' || signature === 'not-checked' ? status : 401,
    ...(hasBody ? { body: body.toString() } : {}),
  }
}

function countTry(id: string): number {
  const tries = (seen.get(id) ?? 0) + 1
  seen.delete(id)
  seen.set(id, tries)
  const [oldest] = seen.keys()
  if (seen.size > MAX_IDS && oldest !== undefined) seen.delete(oldest)
  return tries
}

function typeOf(body: Buffer): string | null {
  try {
    const { type } = JSON.parse(body.toString())
    return typeof type === 'string' ? type : null
  } catch {
    return null
  }
}

function lineOf(arrival: Arrival): string {
  const { signature } = arrival
  const verdict =
    signature === 'ok' ? 'signature ok' : signature === 'not-checked' ? 'not checked' : `WRONG: ${rules[signature]}`
  const again = arrival.try > 1 ? `  (try ${arrival.try} of this id: take it once)` : ''
  const line = `${arrival.at.slice(11, 23)}  ${arrival.webhook_id || '(no webhook-id)'}  ${arrival.type ?? 'message'}  ${arrival.bytes} bytes  ${verdict}  -> ${arrival.answered}${again}`
  return arrival.body === undefined ? line : `${line}\n${indented(arrival.body)}`
}

/** Control characters of a stranger's text could write anywhere on a terminal. */
function indented(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '').replaceAll(/^/gm, '    ')
}

function planOf({ args: [port = ''], options: given }: Call<typeof options>): Plan {
  return {
    port: whole('PORT', port, 0, 65_535),
    secrets: given.secret ?? [],
    status: given.status === undefined ? 204 : whole('--status', given.status, 200, 599),
    delayMs: given['delay-ms'] === undefined ? 0 : whole('--delay-ms', given['delay-ms'], 0, 600_000),
    hasBody: given.body === true,
    isJson: given.json === true,
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value
  throw usage(`${name} is a whole number from ${least} to ${most}, not "${text}"`, 'listen')
}
