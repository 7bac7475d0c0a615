import {
  type CommonOptions,
  MASK,
  maskUrl,
  type Optional,
  type Parsed,
  type Required,
  type Setting,
} from './setting.ts'

type Default<T> = T | undefined | Required

/** A text. `pattern` is named in words by `takes`. */
export function string<const D extends Default<string>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<string> & { pattern?: RegExp; takes?: string } = {},
): Setting<Optional<string, D>> {
  const { pattern, takes = 'a text' } = options
  return setting<string, D>('string', env, fallback, doc, options, {
    takes,
    parse: (text) => (pattern === undefined || pattern.test(text) ? { value: text } : { rule: takes }),
  })
}

/** A text that is never shown; `NAME_FILE` may name a file to read it from. */
export function secret<const D extends Default<string>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<string> & { minLength?: number } = {},
): Setting<Optional<string, D>> {
  const minLength = options.minLength ?? 1
  const takes = minLength > 1 ? `a secret of at least ${minLength} characters` : 'a secret'
  return setting<string, D>('secret', env, fallback, doc, options, {
    takes,
    isSecret: true,
    show: () => MASK,
    parse: (text) => (text.length >= minLength ? { value: text } : { rule: takes }),
  })
}

/** A TCP port, 0 to 65535; 0 takes a free one. */
export function port<const D extends Default<number>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<number> = {},
): Setting<Optional<number, D>> {
  const takes = 'a port from 0 to 65535 (0: any free one)'
  return setting<number, D>('port', env, fallback, doc, options, {
    takes,
    parse: (text) => wholeNumber(text, 0, 65_535, takes),
  })
}

/** A whole number within `min` (default 0) and `max`. */
export function integer<const D extends Default<number>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<number> & { min?: number; max?: number } = {},
): Setting<Optional<number, D>> {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options
  const takes =
    max === Number.MAX_SAFE_INTEGER ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`
  return setting<number, D>('integer', env, fallback, doc, options, {
    takes,
    parse: (text) => wholeNumber(text, min, max, takes),
  })
}

/** `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`, in any case. */
export function boolean<const D extends Default<boolean>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<boolean> = {},
): Setting<Optional<boolean, D>> {
  const takes = 'true or false'
  return setting<boolean, D>('boolean', env, fallback, doc, options, {
    takes,
    parse: (text) => {
      if (/^(true|yes|on|1)$/i.test(text)) return { value: true }
      return /^(false|no|off|0)$/i.test(text) ? { value: false } : { rule: takes }
    },
  })
}

/** An absolute URL of one of `protocols` (default http and https), without a slash at its end. Passwords in it are masked when shown. */
export function url<const D extends Default<string>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<string> & { protocols?: readonly string[] } = {},
): Setting<Optional<string, D>> {
  const protocols = options.protocols ?? ['https', 'http']
  const takes = `a URL that begins with ${protocols.map((name) => `${name}://`).join(' or ')}`
  return setting<string, D>('url', env, fallback, doc, options, {
    takes,
    show: maskUrl,
    parse: (text) => {
      const isOne = URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1))
      return isOne && new URL(text).host !== '' ? { value: text.replace(/\/+$/, '') } : { rule: takes }
    },
  })
}

/** Texts separated by commas; empty ones are dropped. `pattern` holds for each. */
export function list<const D extends Default<readonly string[]>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<readonly string[]> & { pattern?: RegExp; takes?: string; min?: number } = {},
): Setting<Optional<readonly string[], D>> {
  const { pattern, min = 0 } = options
  const takes = options.takes ?? 'texts separated by commas'
  return setting<readonly string[], D>('list', env, fallback, doc, options, {
    takes,
    show: (values) => values.join(','),
    parse: (text) => {
      const values = text.split(',').flatMap((part) => part.trim() || [])
      const fits = values.length >= min && values.every((value) => pattern === undefined || pattern.test(value))
      return fits ? { value: values } : { rule: takes }
    },
  })
}

/** One of a few words. */
export function choice<const C extends string, const D extends Default<NoInfer<C>>>(
  env: string,
  choices: readonly C[],
  fallback: D,
  doc: string,
  options: CommonOptions<C> = {},
): Setting<Optional<C, D>> {
  const takes = `one of ${choices.join(', ')}`
  return setting<C, D>('choice', env, fallback, doc, options, {
    takes,
    parse: (text) => {
      const found = choices.find((name) => name === text)
      return found === undefined ? { rule: takes } : { value: found }
    },
  })
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
export type DurationUnit = keyof typeof unitMs

/**
 * A length of time, in milliseconds whatever it is written in: `500ms`, `10s`, `2m`, `1h`, `7d`, or a bare number in `unit` (default ms).
 * `min` (default 0) and `max` (default 24 days, the longest that a timer holds) are milliseconds too.
 */
export function duration<const D extends Default<number>>(
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<number> & { unit?: DurationUnit; min?: number; max?: number } = {},
): Setting<Optional<number, D>> {
  const { unit = 'ms', min = 0, max = 24 * unitMs.d } = options
  const bounds = `from ${showDuration(min)} to ${showDuration(max)}`
  const takes = `a time ${bounds}, as a number of ${unit} or with a unit (500ms, 10s, 2m, 1h, 7d)`
  return setting<number, D>(
    'duration',
    env,
    fallback,
    doc,
    { ...options, unit },
    {
      takes,
      show: showDuration,
      parse: (text) => {
        const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*(ms|s|m|h|d)?$/.exec(text)
        const value = Math.round(Number(match?.[1]) * unitMs[(match?.[2] as DurationUnit | undefined) ?? unit])
        return value >= min && value <= max ? { value } : { rule: takes }
      },
    },
  )
}

/** Milliseconds in the largest unit that needs no fraction: 30000 is `30s`. */
function showDuration(ms: number): string {
  const units = Object.entries(unitMs).reverse()
  const [unit, size] = units.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

interface Behaviour<T> {
  readonly takes: string
  readonly parse: (text: string) => Parsed<T>
  readonly isSecret?: boolean
  readonly show?: (value: T) => string
}

function setting<T, D>(
  kind: Setting<T>['kind'],
  env: string,
  fallback: D,
  doc: string,
  options: CommonOptions<T>,
  behaviour: Behaviour<T>,
): Setting<Optional<T, D>> {
  const made: Setting<T> = {
    env,
    kind,
    doc,
    unit: options.unit,
    fallback: fallback as T | undefined | Required,
    isSecret: behaviour.isSecret ?? false,
    takes: behaviour.takes,
    parse: behaviour.parse,
    show: behaviour.show ?? String,
    ...(options.check === undefined ? {} : { check: options.check }),
  }
  // The kinds work on T; that the value may be undefined too is known only from the default's type.
  return made as unknown as Setting<Optional<T, D>>
}

function wholeNumber(text: string, min: number, max: number, rule: string): Parsed<number> {
  const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? { value } : { rule }
}
