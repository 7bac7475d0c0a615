/** How values are turned into JSON. */
export interface ShowOptions {
  /** Bytes always as base64, even where they are JSON. */
  readonly isBase64?: boolean
  /** Times with their ISO form beside them, for people. */
  readonly hasIsoTimes?: boolean
}

/** Fields that hold epoch milliseconds, by the naming of the schemas. */
const timeName = /(?:_at|_before|_seen|_to)$|^(?:as_of|at|timestamp)$/
const FIRST_TIME_MS = 1_000_000_000_000

/**
 * A decoded record as it can be given to `JSON.stringify`: bytes that are UTF-8 JSON become that JSON, with every number as it was written; other
 * bytes become `{"base64": "…"}`.
 */
export function showValue(value: unknown, options: ShowOptions = {}): unknown {
  if (Buffer.isBuffer(value))
    return (options.isBase64 ? undefined : jsonIn(value)) ?? { base64: value.toString('base64') }
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map((item) => showValue(item, options))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      options.hasIsoTimes && isTime(name, field) ? withIso(field) : showValue(field, options),
    ]),
  )
}

/** Epoch milliseconds and what they mean. */
function withIso(ms: number): string {
  return `${ms} (${new Date(ms).toISOString()})`
}

function isTime(name: string, value: unknown): value is number {
  return typeof value === 'number' && timeName.test(name) && value > FIRST_TIME_MS && value < FIRST_TIME_MS * 5
}

/** https://github.com/tc39/proposal-json-parse-with-source, which TypeScript's library does not know yet. */
interface ExactJson {
  rawJSON(text: string): unknown
  parse(text: string, revive: (name: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
}
const exactJson = JSON as unknown as ExactJson

function jsonIn(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    // A number such as an id of 19 digits must not come out changed.
    return exactJson.parse(text, (_, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
    )
  } catch {
    return undefined
  }
}
