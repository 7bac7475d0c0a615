import { MASK } from './setting.ts'

const MAX_TEXT = 2_000
/** Most fields of an object, and elements of a list, in one line. */
export const MAX_ITEMS = 50
const MAX_DEPTH = 6

/**
 * Field names whose values are credentials or the contents of messages, at any depth and in any spelling (`apiToken`, `x-api-key`).
 * Names that end in id, count, ms, bytes or length only describe one (`secretId`, `tokenCount`).
 */
const hidden =
  /^(?:body|raw_?body|payload|data|(?:set-?)?cookies?|(?:proxy-?)?authorization)$|secret|token|passw(?:or)?d|api[-_]?key|private[-_]?key|credential|signature/i
const describes = /(?:id|count|ms|bytes|length|name|type)$/i

/** What was decided about a name; fields of log lines have few names, those of strangers are not remembered without bound. */
const decided = new Map<string, boolean>()
const MAX_DECIDED = 1_000

/** Whether a field's name says that its value is a credential or the contents of a message. */
export function isHidden(key: string): boolean {
  const known = decided.get(key)
  if (known !== undefined) return known
  const answer = hidden.test(key) && !describes.test(key)
  if (decided.size < MAX_DECIDED) decided.set(key, answer)
  return answer
}

/** A copy of log fields without credentials and message contents, short enough for one line whatever was passed. */
export function redact(fields: object): Record<string, unknown> {
  return redactObject(fields, 0)
}

/** A text cut to 2,000 characters, saying how much is missing. */
export function clip(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more)` : text
}

function redactObject(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value)
  const kept: Record<string, unknown> = {}
  for (const [key, field] of entries.length > MAX_ITEMS ? entries.slice(0, MAX_ITEMS) : entries) {
    // An assignment to this name would change the prototype.
    if (key !== '__proto__') kept[key] = redactField(key, field, depth)
  }
  if (entries.length > MAX_ITEMS) kept['…'] = `${entries.length - MAX_ITEMS} more`
  return kept
}

function redactField(key: string, value: unknown, depth: number): unknown {
  const isHarmless = value === undefined || value === null || typeof value === 'boolean'
  return !isHarmless && isHidden(key) ? MASK : redactValue(value, depth + 1)
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return clip(unquoted(value))
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `<${typeof value}>`
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return redactError(value, depth)
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`
  if (value instanceof Date || value instanceof URL) return String(value instanceof Date ? value.toJSON() : value.href)
  if (depth > MAX_DEPTH) return '<deeper>'
  if (Array.isArray(value)) return redactArray(value, depth)
  if (value instanceof Map) return redactObject(Object.fromEntries(value), depth)
  if (value instanceof Set) return redactArray([...value], depth)
  return redactObject(value, depth)
}

function redactArray(values: readonly unknown[], depth: number): unknown[] {
  const kept = values.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1))
  return values.length > MAX_ITEMS ? [...kept, `… ${values.length - MAX_ITEMS} more`] : kept
}

/** Errors of HTTP clients carry requests and bodies as properties, so only what is named here and plain values are kept. */
function redactError(error: Error, depth: number): unknown {
  const message = messageOf(error)
  if (depth > MAX_DEPTH) return clip(message)
  const extra = Object.entries(error).filter(([, value]) => typeof value !== 'object' && typeof value !== 'function')
  const kept = isOfPostgres(error) ? extra.filter(([key]) => !quoting.has(key)) : extra
  return {
    type: error.name,
    message: clip(message),
    stack: clip(message === error.message ? (error.stack ?? '') : placesOf(error)),
    ...redactObject(Object.fromEntries(kept), depth),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redactArray(error.errors, depth) } : {}),
  }
}

/** Fields of PostgreSQL's errors that hold rows, values or statements, https://www.postgresql.org/docs/current/protocol-error-fields.html */
const quoting: ReadonlySet<string> = new Set(['detail', 'where', 'hint', 'internalQuery'])

function isOfPostgres(error: Error): error is Error & { readonly code: string } {
  return 'severity' in error && 'code' in error && typeof error.code === 'string'
}

/** Data exceptions (class 22) say which value it was; the code says as much of the fault. */
function messageOf(error: Error): string {
  return isOfPostgres(error) && error.code.startsWith('22')
    ? '(text withheld: it quotes a value)'
    : unquoted(error.message)
}

const NO_JSON = ' is not valid JSON'
/** V8's: `Unexpected token 'D', "Dear Ada, "... is not valid JSON`. */
const quotedJson = /(?:Unexpected token .{1,8}, )?(?:\.{3})?".*"(?:\.{3})? is not valid JSON/s

/** A text without what a parser of JSON has quoted in it. */
function unquoted(text: string): string {
  return text.includes(NO_JSON) ? text.replace(quotedJson, `a text${NO_JSON}`) : text
}

/** The stack without its first lines, which repeat the message. */
function placesOf({ stack = '' }: Error): string {
  const lines = stack.split('\n')
  return lines.filter((line) => line.startsWith('    at ')).join('\n')
}

/** Replaces every known secret in a line, for those that got into a message or a stack; ones under 6 characters would hit innocent text. */
export function createScrubber(secrets: Iterable<string>): (line: string) => string {
  const forms = new Set<string>()
  for (const secret of secrets) {
    if (secret.length < 6) continue
    forms.add(secret)
    forms.add(JSON.stringify(secret).slice(1, -1))
    forms.add(encodeURIComponent(secret))
  }
  // Longest first, so that a secret which contains another leaves nothing of itself.
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (line) => ordered.reduce((text, form) => (text.includes(form) ? text.replaceAll(form, MASK) : text), line)
}
