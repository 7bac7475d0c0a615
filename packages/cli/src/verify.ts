import { readSources, type Source } from '@millrace/service-kit'
import {
  type Explanation,
  explainRequest,
  type OtherSecrets,
  providers,
  type Scheme,
  type Secret,
} from '@millrace/signing'
import { type Call, command, type Terminal, usage } from './command.ts'
import { CliError } from './errors.ts'
import { readInput } from './files.ts'
import { readHeaders } from './read-headers.ts'
import { readCliSettings } from './settings.ts'
import { causesOf, stepsOf } from './verify-steps.ts'

const options = {
  source: { type: 'string', value: 'NAME', doc: 'The source that it was sent to; with --secret-env also a provider.' },
  headers: { type: 'string', value: 'FILE', doc: 'Its headers: lines of "Name: value", or JSON. Required.' },
  body: { type: 'string', value: 'FILE', doc: 'Its body, to the byte. Required.' },
  at: {
    type: 'string',
    value: 'TIME',
    doc: 'When it came: ISO 8601, or seconds or milliseconds since 1970; default now.',
  },
  'secret-env': {
    type: 'string',
    value: 'NAME',
    doc: 'Environment variable with the secret, in place of the source’s.',
  },
  json: { type: 'boolean', doc: 'One JSON object.' },
} as const

type VerifyCall = Call<typeof options>

/** `verify`: says of one request whether the gateway takes it, and if not, why. */
export const verify = command({
  name: 'verify',
  takes: [],
  summary: 'Check the signature of a kept request as the gateway does, and explain why it fails.',
  details: [
    'Says which scheme was chosen, how each check went, which known mistake explains a refusal, and what to do. It sends nothing and',
    'shows neither secrets nor signatures. The exit code is 0 when the request would be taken, 1 when not.',
    '',
    'npm run millrace -- verify --source front --headers headers.txt --body body.json --at 2026-11-22T10:00:00Z',
    'Called so, files are relative to the root of the clone.',
  ].join('\n'),
  options,
  async run(call, terminal) {
    const [headersFile, bodyFile] = [needed(call, 'headers'), needed(call, 'body')]
    const now = timeOf(call.options.at)
    const target = await targetOf(call)
    const [headers, body] = [await headersOf(headersFile), await readInput(bodyFile)]
    const explanation = explainRequest({ ...target, headers, body, now, maxMistakes: 2 })
    show(explanation, target, { now, bytes: body.length }, call, terminal)
    return explanation.verdict.ok ? 0 : 1
  },
})

interface Target {
  readonly name: string
  readonly provider: string
  readonly schemes: readonly Scheme[]
  readonly secrets: readonly Secret[]
  readonly others: readonly OtherSecrets[]
}

function needed({ options: given }: VerifyCall, name: 'source' | 'headers' | 'body'): string {
  const value = given[name]
  if (value === undefined || value === '') throw usage(`--${name} is needed`, 'verify')
  return value
}

function timeOf(text: string | undefined): number {
  if (text === undefined) return Date.now()
  const number = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  const at = number === undefined ? Date.parse(text) : number < 100_000_000_000 ? number * 1_000 : number
  if (Number.isNaN(at)) throw usage(`--at is a time such as 2026-11-22T10:00:00Z, not "${text}"`, 'verify')
  return at
}

async function targetOf(call: VerifyCall): Promise<Target> {
  const name = needed(call, 'source')
  const secret = secretOf(call)
  const { sources } = await readSources(readCliSettings())
  const source = sources.find((each) => each.name === name)
  if (source !== undefined) return fromSource(source, sources, secret)
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (provider === undefined || secret === undefined) {
    const names = sources.map((each) => each.name).join(', ')
    throw usage(`--source is one of ${names}; with --secret-env also ${Object.keys(providers).join(', ')}`, 'verify')
  }
  return { name, provider: name, schemes: provider.schemes, secrets: [secret], others: othersOf(sources) }
}

function secretOf({ options: given }: VerifyCall): Secret | undefined {
  const variable = given['secret-env']
  if (variable === undefined) return undefined
  const value = process.env[variable]
  if (value === undefined || value === '') throw new CliError('MR_CLI_SETTING_MISSING', `${variable} is not set`)
  return { id: variable, secret: value }
}

function fromSource(source: Source, all: readonly Source[], secret: Secret | undefined): Target {
  const { name, provider, schemes } = source
  const secrets = secret === undefined ? source.secrets : [secret]
  return { name, provider, schemes, secrets, others: othersOf(all.filter((each) => each !== source)) }
}

function othersOf(sources: readonly Source[]): OtherSecrets[] {
  return sources.map(({ name, secrets }) => ({ source: name, secrets }))
}

async function headersOf(file: string): Promise<Readonly<Record<string, string>>> {
  const read = readHeaders((await readInput(file)).toString('utf8'))
  if ('problem' in read) throw usage(`--headers ${file} ${read.problem}`, 'verify')
  return read.headers
}

function show(
  explanation: Explanation,
  { name, provider, schemes, secrets }: Target,
  { now, bytes }: { readonly now: number; readonly bytes: number },
  { options: { json } }: VerifyCall,
  terminal: Terminal,
): void {
  const { verdict } = explanation
  const [steps, causes] = [stepsOf(explanation, schemes, secrets, now), causesOf(explanation)]
  const rule = verdict.ok ? null : verdict.rule
  const at = new Date(now).toISOString()
  if (json) {
    terminal.line(
      JSON.stringify({ ok: verdict.ok, source: name, provider, at, scheme: verdict.scheme, rule, steps, causes }),
    )
    return
  }
  terminal.line(`source     ${name} (${provider}), ${bytes} bytes, as of ${at}`)
  for (const step of steps)
    terminal.line(
      `${step.name.padEnd(10)} ${(step.ok === null ? '-' : step.ok ? 'ok' : 'FAILED').padEnd(6)}  ${step.text}`,
    )
  terminal.line(`result     ${rule === null ? 'taken' : `refused with 401, ${rule}`}`)
  for (const { mistake, meaning, remedy } of causes) {
    terminal.line(`why        ${mistake}: ${meaning}`)
    terminal.line(`do         ${remedy}`)
  }
  if (rule !== null && causes.length === 0) terminal.line(`why        ${unexplained(rule)}`)
}

function unexplained(rule: string): string {
  if (rule === 'secret-missing') return 'The source has no secret in force that fits this scheme; look at its settings.'
  return 'No known mistake explains it: another secret, a body that is not the one that was signed, or a forged request.'
}
