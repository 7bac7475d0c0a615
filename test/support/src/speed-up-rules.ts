import { parse, stringify } from 'yaml'

export interface SpeedUp {
  /** So many times as fast: 60 lets a minute take a second. */
  readonly factor: number
  /** Ranges become no shorter, in milliseconds: a rate needs some samples. Default 4 000, for scrapes every second. */
  readonly leastRangeMs?: number
  /** Metrics that tell an age in seconds: what they are held against (`> 300`) is divided too. Default none. */
  readonly ages?: readonly string[]
}

interface RuleFile {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly (Readonly<Record<string, unknown>> & { readonly expr: string | number })[]
  }[]
}

/**
 * A rule file of Prometheus whose times pass faster: ranges and subqueries in brackets, `offset`, `for` and `keep_firing_for`, and limits of ages. Other
 * thresholds stay what they are. Groups are evaluated at the server's own interval.
 */
export function speedUpRules(text: string, speed: SpeedUp): string {
  const { groups } = parse(text) as RuleFile
  return stringify({
    groups: groups.map(({ name, rules }) => ({
      name,
      rules: rules.map(({ expr, for: waits, keep_firing_for: keeps, ...others }) => ({
        ...others,
        expr: speedUpExpression(String(expr), speed),
        ...(waits === undefined ? {} : { for: faster(String(waits), speed.factor) }),
        ...(keeps === undefined ? {} : { keep_firing_for: faster(String(keeps), speed.factor) }),
      })),
    })),
  })
}

const duration = String.raw`(?:\d+(?:ms|[smhdwy]))+`
/** Strings and comments stay; then `[range]`, `[range:step]`, and what follows `offset`. */
const pieces = new RegExp(
  String.raw`("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#[^\n]*)|\[\s*(${duration})\s*(?::\s*(${duration})?\s*)?\]|\b(offset\s+-?)(${duration})`,
  'g',
)

/** The same for one expression. */
export function speedUpExpression(expr: string, { factor, leastRangeMs = 4_000, ages = [] }: SpeedUp): string {
  const limit = new RegExp(String.raw`(\b(?:${ages.join('|')})\b(?:\{[^}]*\})?[\s)]*>=?\s*)(\d+(?:\.\d+)?)\b`, 'g')
  const limited =
    ages.length === 0 ? expr : expr.replace(limit, (_, before, value) => `${before}${Number(value) / factor}`)
  return limited.replace(
    pieces,
    (whole, kept?: string, range?: string, step?: string, offset?: string, by?: string) => {
      if (kept !== undefined) return kept
      if (offset !== undefined && by !== undefined) return `${offset}${faster(by, factor)}`
      const shorter = faster(range ?? '', factor, leastRangeMs)
      if (!whole.includes(':')) return `[${shorter}]`
      return `[${shorter}:${step === undefined ? '' : faster(step, factor, Math.min(1_000, leastRangeMs))}]`
    },
  )
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** In milliseconds, as Prometheus writes durations: `1h30m`. */
export function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? Number.NaN),
    0,
  )
}

function faster(text: string, factor: number, leastMs = 0): string {
  return `${Math.round(Math.max(leastMs, durationMs(text) / factor))}ms`
}
