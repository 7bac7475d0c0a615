import { topics } from '@millrace/schemas'
import { readSources, type Source } from '@millrace/service-kit'
import { type Call, command, type Options, type Terminal, usage } from './command.ts'
import { type FrontKind, frontSteps, makeSteps } from './connect-steps.ts'
import { CliError } from './errors.ts'
import { probePublicUrl, readGatewayStatus, type SourceStatus } from './gateway-status.ts'
import { type CliSettings, gatewayUrlOf, readCliSettings } from './settings.ts'
import { type Happening, watchSource } from './watch-source.ts'
import { writeBlueprint } from './write-blueprint.ts'

const common = {
  source: { type: 'string', value: 'NAME', doc: 'Which source; needed when several are of this provider.' },
  'base-url': { type: 'string', value: 'URL', doc: 'Public https address of the gateway; default WEBHOOK_BASE_URL.' },
  gateway: {
    type: 'string',
    value: 'URL',
    doc: 'Where to look what comes; default MILLRACE_GATEWAY_URL, else the local one.',
  },
  timeout: { type: 'string', value: 'SECONDS', doc: 'How long to wait; default 600.' },
  'no-wait': { type: 'boolean', doc: 'Print the steps and end.' },
} as const

const details = [
  'Prints the steps with the exact URL, then waits and tells what comes: the challenge, the first event, and of what is refused why.',
  'It looks at GET /api/status of the gateway, so GATEWAY_STATUS_TOKEN must be set for both. Exit code: 0 connected, 1 nothing came in time.',
]

const frontOptions = {
  kind: {
    type: 'string',
    value: 'app|rule',
    doc: 'Application webhook (default) or rule webhook; asked for on a terminal.',
  },
  ...common,
} as const

/** `connect front`: leads through the set-up of Front's webhooks and waits for the first one. */
export const connectFront = command({
  name: 'connect front',
  takes: [],
  summary: 'Lead through connecting Front, and wait until its challenge or first event has come.',
  details: [...details, 'Which kind to choose, scopes, and what Front never sends: docs/front-setup.md'].join('\n'),
  options: frontOptions,
  async run(call, terminal) {
    const kind = await kindOf(call, terminal)
    const plan = await planOf(call, 'front')
    const steps = frontSteps(kind, stepsOf(plan))
    const next = `Next: \`npm run millrace -- tail ${topics.events.name}\` shows each event as it comes.`
    if (!plan.source.schemes.some(({ name }) => name === kind))
      terminal.line(`! ${plan.source.name} takes no webhooks of this kind: \`schemes\` of the source lacks ${kind}.`)
    return connect({ ...plan, steps, next, awaited: awaitedOf(kind), isEnough: provesFront(kind) }, call, terminal)
  },
})

/** Both kinds come to the same path; a rule webhook has no handshake, so only an event of its scheme tells that it works. */
function provesFront(kind: FrontKind): (happening: Happening) => boolean {
  return (happening) =>
    happening.what === 'event' ? happening.scheme === kind : happening.what === 'handshake' && kind === 'app'
}

function awaitedOf(kind: FrontKind): string {
  return kind === 'app' ? 'the challenge, or an event with scheme app' : 'an event with scheme rule'
}

const makeOptions = {
  blueprint: {
    type: 'string',
    value: 'FILE',
    doc: 'Where to write the scenario to import; default ./millrace-make.blueprint.json.',
  },
  ...common,
} as const

/** `connect make`: writes the scenario's blueprint, leads through its import and waits for the first request. */
export const connectMake = command({
  name: 'connect make',
  takes: [],
  summary: 'Write a Make scenario to import, lead through it, and wait until its first request has come.',
  details: [...details, 'What to set in the scenario, and why: docs/make-setup.md'].join('\n'),
  options: makeOptions,
  async run(call, terminal) {
    const plan = await planOf(call, 'make')
    const file = await writeBlueprint(call.options.blueprint ?? 'millrace-make.blueprint.json', plan.url)
    const next = "Next: the module's output has the answer; switch the scenario on."
    const steps = makeSteps(file, stepsOf(plan))
    return connect(
      { ...plan, steps, next, awaited: 'an event', isEnough: ({ what }) => what === 'event' },
      call,
      terminal,
    )
  },
})

type CommonCall = Call<typeof common & Options>

interface Plan {
  readonly source: Source
  /** What to paste. */
  readonly url: string
  readonly baseUrl: string
  readonly settings: CliSettings
}

const stepsOf = ({ url, source, settings }: Plan) => ({ url, source: source.name, sourcesFile: settings.sourcesFile })

interface ConnectPlan extends Plan {
  readonly steps: readonly string[]
  readonly next: string
  /** What it waits for, in words. */
  readonly awaited: string
  isEnough(happening: Happening): boolean
}

async function kindOf({ options: { kind: named } }: Call<typeof frontOptions>, terminal: Terminal): Promise<FrontKind> {
  const kind =
    named ??
    (await terminal.ask?.(
      'Application webhook (every event, retried) or rule webhook (what a rule picks)? [app/rule, default app] ',
    )) ??
    ''
  if (kind === 'app' || kind === 'rule') return kind
  if (kind.trim() === '') return 'app'
  throw usage(`--kind is app or rule, not "${kind}"`, 'connect front')
}

async function planOf({ options }: CommonCall, provider: string): Promise<Plan> {
  const settings = readCliSettings()
  const { sources } = await readSources(settings)
  const source = chooseSource(
    sources.filter((one) => one.provider === provider),
    options.source,
    provider,
  )
  const baseUrl = (options['base-url'] ?? settings.webhookBaseUrl)?.replace(/\/+$/, '')
  if (baseUrl === undefined)
    throw new CliError(
      'MR_CLI_SETTING_MISSING',
      'WEBHOOK_BASE_URL is not set: senders need a public https address of the gateway. On a laptop, a tunnel makes one (`ngrok http 8000`); pass it by --base-url or set it.',
    )
  if (!URL.canParse(baseUrl)) throw usage(`--base-url is a URL, not "${baseUrl}"`, `connect ${provider}`)
  return { source, baseUrl, url: `${baseUrl}${source.path}`, settings }
}

function chooseSource(sources: readonly Source[], named: string | undefined, provider: string): Source {
  const names = sources.map(({ name }) => name)
  const found = named === undefined && sources.length === 1 ? sources[0] : sources.find(({ name }) => name === named)
  if (found !== undefined) return found
  const choice = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
  throw named === undefined
    ? usage(`which source of ${provider}? ${choice}; --source names it`, `connect ${provider}`)
    : new CliError('MR_CLI_NOT_FOUND', `no source of ${provider} is called "${named}": ${choice}`)
}

async function connect(plan: ConnectPlan, { options }: CommonCall, terminal: Terminal): Promise<number> {
  const { signal } = terminal
  let number = 0
  for (const step of plan.steps) terminal.line(step.startsWith(' ') ? step : `${++number}. ${step}`)
  if (plan.source.secrets.length === 0)
    terminal.line(
      '! The gateway has no secret for this source yet: until it has, everything is refused (secret-missing).',
    )
  if (options['no-wait']) return 0
  const token = plan.settings.statusToken
  if (token === undefined)
    throw new CliError(
      'MR_CLI_SETTING_MISSING',
      'GATEWAY_STATUS_TOKEN is not set, so what comes cannot be watched: set it (16 characters or more) for the gateway and here, or use --no-wait',
    )
  const gateway = options.gateway?.replace(/\/+$/, '') ?? gatewayUrlOf(plan.settings)
  const read = () => readGatewayStatus(gateway, token, signal)
  terminal.line('')
  const problem = await problemOf(read, plan.baseUrl, gateway, signal)
  if (problem !== null) terminal.line(`! ${problem}`)
  return wait(plan, timeoutOf(options.timeout), read, terminal)
}

/** What keeps webhooks from coming, as far as it can be seen from here; null when nothing does. */
async function problemOf(
  read: () => ReturnType<typeof readGatewayStatus>,
  baseUrl: string,
  gateway: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { kafka } = await read()
    if (kafka !== 'reachable') return 'The gateway does not reach Kafka: events will get 503 until it does.'
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'MR_CLI_GATEWAY_UNREACHABLE') throw error
    return `No gateway answers at ${gateway} yet: start it.`
  }
  const { problem } = await probePublicUrl(baseUrl, signal)
  return problem === null ? null : `${baseUrl} does not lead to the gateway from here: ${problem}.`
}

function timeoutOf(seconds = '600'): number {
  if (/^[1-9]\d{0,5}$/.test(seconds)) return Number(seconds) * 1_000
  throw usage(`--timeout is a whole number of seconds from 1, not "${seconds}"`, 'connect')
}

async function wait(
  plan: ConnectPlan,
  timeoutMs: number,
  read: () => ReturnType<typeof readGatewayStatus>,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  try {
    const isDone = await watchSource({
      source: plan.source.name,
      timeoutMs,
      signal,
      read,
      onWatching: () => terminal.line(`Waiting for ${plan.source.name}. Ctrl-C ends this; nothing is changed by it.`),
      onLook: (left, isAnswered) =>
        terminal.progress?.(`  waiting${isAnswered ? '' : ' for the gateway'}, ${Math.ceil(left / 1_000)} s left`),
      onHappening: (happening) => {
        terminal.progress?.('')
        const isEnough = plan.isEnough(happening)
        for (const line of tell(happening)) terminal.line(line)
        if (!isEnough && happening.what !== 'refused') terminal.line(`  Still waiting for ${plan.awaited}.`)
        return isEnough
      },
    })
    terminal.progress?.('')
    terminal.line(isDone ? `Connected.\n${plan.next}` : NOTHING)
    return isDone ? 0 : 1
  } catch (error) {
    if (!signal.aborted) throw error
    terminal.progress?.('')
    terminal.note('Stopped; nothing was changed.')
    return 130
  }
}

const NOTHING =
  'Nothing came in time. Was the webhook saved, is the URL the one above, and does its address lead to this gateway (curl <address>/api/status)?'

function tell(happening: Happening): readonly string[] {
  if (happening.what === 'handshake') return ['✓ The challenge came, its signature holds, and it was answered.']
  if (happening.what === 'event') {
    const { events, scheme } = happening
    return [`✓ ${events === 1 ? 'An event' : `${events} events`} came (scheme ${scheme}), and Kafka has what came.`]
  }
  return tellRefused(happening.rule, happening.count, happening.source)
}

function tellRefused(rule: string, count: number, { last_refused: last }: SourceStatus): readonly string[] {
  const times = count === 1 ? 'A request was' : `${count} requests were`
  const isLast = last?.rule === rule
  return [
    `✗ ${times} refused: ${rule}.${isLast && last.meaning ? ` ${last.meaning}` : ''}`,
    ...(isLast && last.likely_cause ? [`  Likely: ${last.likely_cause}`] : []),
    ...(isLast && last.advice ? [`  ${last.advice}`] : []),
  ]
}
