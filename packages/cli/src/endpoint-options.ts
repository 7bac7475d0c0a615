import { readFileSync } from 'node:fs'
import {
  extraHeaderProblem,
  isEventTypePattern,
  MAX_EXTRA_HEADERS,
  messageChannels,
  parsePayloadPattern,
} from '@millrace/domain'
import { conversationPattern, type EndpointFields, endpointBounds, inboxPattern } from '@millrace/operations'
import { type Call, usage } from './command.ts'
import { readDuration } from './read-duration.ts'

const {
  longestGiveUpMs,
  retries: MAX_RETRIES,
  retryDelayMs,
  timeoutMs,
  words: MAX_WORDS,
  inFlight,
  perMinute,
} = endpointBounds

/** What an endpoint may be told about; `none` as a value takes a setting back to its default. */
export const endpointOptions = {
  description: { type: 'string', value: 'TEXT', doc: "The owner's words for it." },
  types: {
    type: 'string',
    value: 'a,b',
    doc: 'Event types, with * or a prefix and .*; default message.received, .sent, .processed and .failed.',
  },
  conversation: { type: 'string', value: 'ID', doc: 'Only this conversation (cnv_...).' },
  channels: { type: 'string', value: 'a,b', doc: 'Only messages of these channels: API, WHATSAPP, SMS.' },
  inboxes: { type: 'string', value: 'a,b', doc: 'Only conversations in one of these inboxes (inb_...).' },
  tags: { type: 'string', value: 'a,b', doc: 'Only conversations with one of these tags (names or tag_...).' },
  filter: {
    type: 'string',
    value: 'JSON|@FILE',
    doc: 'Only payloads that fit this pattern, as in {"data":{"status":["FAILED"]}}.',
  },
  payload: {
    type: 'string',
    value: 'message|event',
    doc: 'Messages in the message contract (default), or like all other events.',
  },
  ids: { type: 'string', value: 'uuid|provider', doc: 'Ids in the message contract; default uuid.' },
  header: { type: 'list', value: "'NAME: VALUE'", doc: 'An extra request header, stored encrypted; may be repeated.' },
  unsigned: { type: 'boolean', doc: 'Send without signatures.' },
  order: {
    type: 'string',
    value: 'none|conversation',
    doc: "With conversation, a conversation's deliveries go one by one, in order.",
  },
  retries: { type: 'string', value: '4s,10m', doc: 'Waits between tries; default by its kind.' },
  'give-up': { type: 'string', value: '72h', doc: 'Age at which a delivery becomes a dead letter; at most 72h.' },
  'max-in-flight': { type: 'string', value: 'N', doc: 'Requests open at the same time; default 10.' },
  'per-minute': { type: 'string', value: 'N', doc: 'Requests in any minute; default 100.' },
  timeout: { type: 'string', value: '30s', doc: 'Longest time of one try, 1s to 300s.' },
  consent: {
    type: 'string',
    value: 'none|required',
    doc: 'With required, the receiver is asked first (CloudEvents OPTIONS).',
  },
} as const

export type EndpointOptions = Call<typeof endpointOptions>['options']

/** What options say of an endpoint. @throws CliError `MR_CLI_USAGE`, which names option and rule */
export function readEndpointOptions(options: EndpointOptions, command: string): EndpointFields {
  const given = (option: string, value: string | undefined) => ({ option, value, command })
  const read: { [K in keyof EndpointFields]: EndpointFields[K] | undefined } = {
    description: options.description,
    event_types: words(given('types', options.types), isEventTypePattern, 'an event type, * or prefix.*'),
    conversation_id: text(given('conversation', options.conversation), conversationPattern, 'a conversation id'),
    channels: channelsOf(given('channels', options.channels)),
    inboxes: words(given('inboxes', options.inboxes), (word) => inboxPattern.test(word), 'an inbox id (inb_...)'),
    tags: words(given('tags', options.tags), (word) => word.length <= 256, 'a tag'),
    payload_filter: filterOf(given('filter', options.filter)),
    payload: oneOf(given('payload', options.payload), ['message', 'event']),
    ids: oneOf(given('ids', options.ids), ['uuid', 'provider']),
    is_signed: options.unsigned === true ? false : undefined,
    order: oneOf(given('order', options.order), ['none', 'conversation']),
    retry_delays_ms: delaysOf(given('retries', options.retries)),
    give_up_after_ms: time(given('give-up', options['give-up']), 1_000, longestGiveUpMs, '1s to 72h'),
    max_in_flight: count(given('max-in-flight', options['max-in-flight']), inFlight),
    max_per_minute: count(given('per-minute', options['per-minute']), perMinute),
    timeout_ms: time(given('timeout', options.timeout), timeoutMs.min, timeoutMs.max, '1s to 300s'),
    consent: oneOf(given('consent', options.consent), ['none', 'required']),
    headers: options.header === undefined ? undefined : readHeaderOptions(options.header, command),
  }
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined))
}

/**
 * Extra headers by name, as they were typed; `none` takes all away.
 * @throws CliError `MR_CLI_USAGE`; never repeats a value
 */
export function readHeaderOptions(given: readonly string[], command: string): Record<string, string> {
  if (given.length === 1 && given[0] === 'none') return {}
  if (given.length > MAX_EXTRA_HEADERS) throw usage(`at most ${MAX_EXTRA_HEADERS} --header`, command)
  return Object.fromEntries(
    given.map((line) => {
      const [name = '', value = ''] = line.split(/:(.*)/s, 2).map((part) => part.trim())
      const problem = extraHeaderProblem(name, value)
      if (problem !== undefined) throw usage(`--header: ${problem}`, command)
      return [name, value]
    }),
  )
}

interface Given {
  readonly option: string
  readonly value: string | undefined
  readonly command: string
}

function refused({ option, value, command }: Given, rule: string) {
  return usage(`--${option}: "${value}" is not ${rule}`, command)
}

function words(given: Given, fits: (word: string) => boolean, rule: string): string[] | undefined {
  const { value } = given
  if (value === undefined || value === 'none') return value === undefined ? undefined : []
  const list = value.split(',').flatMap((word) => word.trim() || [])
  const bad = list.find((word) => !fits(word))
  if (bad !== undefined) throw refused({ ...given, value: bad }, rule)
  if (list.length === 0 || list.length > MAX_WORDS) throw refused(given, `1 to ${MAX_WORDS} words`)
  return list
}

function text(given: Given, pattern: RegExp, rule: string): string | null | undefined {
  if (given.value === undefined) return undefined
  if (given.value === 'none') return null
  if (!pattern.test(given.value)) throw refused(given, rule)
  return given.value
}

function oneOf<const W extends string>(given: Given, allowed: readonly W[]): W | undefined {
  const found = allowed.find((word) => word === given.value)
  if (given.value !== undefined && found === undefined) throw refused(given, allowed.join(' or '))
  return found
}

function channelsOf(given: Given) {
  const isChannel = (word: string) => messageChannels.some((channel) => channel === word)
  const list = words(given, isChannel, messageChannels.join(', '))
  return list && messageChannels.filter((channel) => list.includes(channel))
}

function filterOf(given: Given): string | null | undefined {
  if (given.value === undefined) return undefined
  if (given.value === 'none') return null
  const pattern = given.value.startsWith('@') ? fileOf(given) : given.value
  const parsed = parsePayloadPattern(pattern)
  if (!parsed.ok)
    throw usage(`--filter: ${parsed.path === '' ? 'the pattern' : parsed.path} ${wrong(parsed.rule)}`, given.command)
  return JSON.stringify(JSON.parse(pattern))
}

/** The rules say what a pattern is; here one is not. */
function wrong(rule: string): string {
  return `breaks the rule: it ${rule}`
}

function fileOf(given: Given): string {
  try {
    return readFileSync((given.value ?? '').slice(1), 'utf8')
  } catch {
    throw refused(given, '@ and a file that can be read')
  }
}

function time(given: Given, min: number, max: number, rule: string): number | undefined {
  if (given.value === undefined) return undefined
  if (given.value === 'none') return 0
  const ms = readDuration(given.value)
  if (ms === undefined || ms < min || ms > max) throw refused(given, `a time of ${rule}`)
  return ms
}

function delaysOf(given: Given): number[] | undefined {
  const list = words(given, (word) => readDuration(word) !== undefined, 'a time such as 4s, 10m or 6h')
  const delays = list?.map((word) => readDuration(word) ?? 0)
  if (
    delays !== undefined &&
    (delays.length > MAX_RETRIES || delays.some((ms) => ms < retryDelayMs.min || ms > retryDelayMs.max))
  )
    throw refused(given, `at most ${MAX_RETRIES} times of 1s to 24h`)
  return delays
}

function count(given: Given, max: number): number | undefined {
  if (given.value === undefined) return undefined
  if (given.value === 'none') return 0
  const found = /^\d{1,7}$/.test(given.value) ? Number(given.value) : 0
  if (found < 1 || found > max) throw refused(given, `a number of 1 to ${max}`)
  return found
}
