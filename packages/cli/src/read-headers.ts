/** The headers of a text, or why it has none. */
export type ReadHeaders = { readonly headers: Readonly<Record<string, string>> } | { readonly problem: string }

const requestLine = /^(?:[A-Z]{3,10} \S+ HTTP\/\d(?:\.\d)?|HTTP\/\d(?:\.\d)? \d{3}.*)$/
const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*)$/

/**
 * The headers of a request as people keep them: lines of `Name: value`, with or without the request line before them (what follows an
 * empty line is the body and is not read; `> ` before each line, as curl -v writes it, is taken off), or JSON: an object of texts or
 * lists of texts, or a list of `{name, value}`. Names in lower case; repeated ones joined as Node joins them.
 */
export function readHeaders(text: string): ReadHeaders {
  const bare = text.replace(/^\ufeff/, '').trim()
  if (bare === '') return { problem: 'is empty' }
  return bare.startsWith('{') || bare.startsWith('[') ? fromJson(bare) : fromLines(bare)
}

function fromLines(text: string): ReadHeaders {
  const found: [string, string][] = []
  for (const [place, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.replace(/^> ?/, '').trimEnd()
    if (line === '') break
    if (requestLine.test(line) && found.length === 0) continue
    const [, name, value] = header.exec(line) ?? []
    if (name === undefined || value === undefined) return { problem: `has no "Name: value" in line ${place + 1}` }
    found.push([name, value])
  }
  return joined(found)
}

function fromJson(text: string): ReadHeaders {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { problem: 'begins like JSON and is none' }
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value as object)
  const found = entries.flatMap((entry): [string, string][] | undefined[] => {
    const [name, given] = Array.isArray(entry) ? entry : [field(entry, 'name'), field(entry, 'value')]
    const values: readonly unknown[] = Array.isArray(given) ? given : [given]
    if (typeof name !== 'string' || values.some((each) => typeof each !== 'string')) return [undefined]
    return values.map((each) => [name, String(each)])
  })
  const whole = found.filter((entry) => entry !== undefined)
  if (whole.length === found.length) return joined(whole)
  return { problem: 'has a header that is not a name with a text or a list of texts' }
}

function field(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null && Object.hasOwn(entry, name)
    ? (entry as Record<string, unknown>)[name]
    : undefined
}

function joined(found: readonly (readonly [string, string])[]): ReadHeaders {
  const headers: Record<string, string> = {}
  for (const [name, value] of found) {
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  return { headers }
}
