import type { Source } from '@millrace/service-kit'
import type { Meter } from '@opentelemetry/api'
import type { WebhookResponse } from './exchange.ts'
import type { LoadGuard } from './load-guard.ts'
import { PROBLEM_TYPE, problemText, refusalOf } from './problems.ts'
import { commonHeaders, type RefusalParts } from './respond.ts'
import type { Tally } from './tally.ts'

export interface ShedderParts extends RefusalParts {
  readonly guard: LoadGuard
  readonly tally: Tally
  readonly meter: Meter
  isDraining(): boolean
}

/** Refuses a request of a source while there is no taking it on; answers false, having touched nothing, while there is. */
export type Shedder = (source: Source, response: WebhookResponse) => boolean

interface ReadyAnswer {
  readonly rule: string
  readonly status: number
  readonly head: readonly string[]
  readonly body: string
}

const TELL_EVERY_MS = 1_000

/**
 * The cheapest answer there is, since it is given when there is no time: made once, without id, span and line of its own. They are counted like
 * all others, and told in the log once a second.
 */
export function createShedder({ guard, tally, meter, log, baseUrl, isDraining }: ShedderParts): Shedder {
  const requests = meter.createCounter('millrace.gateway.requests')
  const answers = new Map<Error, ReadyAnswer>()
  const untold = new Map<string, number>()
  let isTelling = false

  const answerTo = (error: Error): ReadyAnswer => {
    const known = answers.get(error)
    if (known !== undefined) return known
    const { problem, headers } = refusalOf(error)
    const body = problemText(problem, baseUrl)
    const all = {
      ...commonHeaders,
      ...headers,
      'content-type': PROBLEM_TYPE,
      'content-length': String(Buffer.byteLength(body)),
    }
    const made = { rule: problem.rule, status: problem.status, head: Object.entries(all).flat(), body }
    answers.set(error, made)
    return made
  }

  const tell = () => {
    isTelling = false
    for (const [rule, count] of untold) log.warn({ rule, count }, 'requests shed')
    untold.clear()
  }

  return (source, response) => {
    const error = guard.refusal()
    if (error === undefined) return false
    const { rule, status, head, body } = answerTo(error)
    response.writeHead(status, isDraining() ? [...head, 'connection', 'close'] : [...head])
    response.end(body, 'latin1')
    requests.add(1, { source: source.name, status, rule })
    tally.add({ source, rule, events: 0, isHandshake: false, positions: 0, receivedAt: Date.now() })
    untold.set(rule, (untold.get(rule) ?? 0) + 1)
    if (!isTelling) setTimeout(tell, TELL_EVERY_MS).unref()
    isTelling = true
    return true
  }
}
