import type { ExchangeOptions, RawOutcome, RawPart, RawTarget } from '../raw-http/index.ts'

/** A gateway to attack: its Front source at `path`, the secret of application webhooks there. */
export interface AttackTarget extends RawTarget {
  readonly path: string
  readonly secret: string
}

/** Something that a stranger, or a broken proxy, may send, and what must become of it. */
export interface Attack {
  readonly group: string
  readonly name: string
  /** What goes over the wire. */
  parts(target: AttackTarget): readonly RawPart[]
  readonly options?: ExchangeOptions
  /**
   * What must be seen, as `describeOutcome` tells it: each answer as `status rule`, then `closed` or `open`. Several where any of them is right.
   */
  readonly expected: string | readonly string[]
}

/** The answers and the end of an exchange in a few words: `401 signature-mismatch, open`; `nothing, closed`. */
export function describeOutcome({ answers, rest, isClosed }: RawOutcome): string {
  const told = answers.map(({ status, headers, body }) => {
    const isProblem = headers['content-type']?.startsWith('application/problem+json') === true
    return isProblem ? `${status} ${ruleIn(body)}` : String(status)
  })
  const remains = rest.length > 0 ? ['a broken answer'] : []
  const all = [...told, ...remains]
  return `${all.length === 0 ? 'nothing' : all.join(' + ')}, ${isClosed ? 'closed' : 'open'}`
}

function ruleIn(body: string): string {
  const parsed: unknown = JSON.parse(body)
  return typeof parsed === 'object' && parsed !== null && 'rule' in parsed ? String(parsed.rule) : '?'
}

export function isExpected({ expected }: Attack, seen: string): boolean {
  return typeof expected === 'string' ? expected === seen : expected.includes(seen)
}
