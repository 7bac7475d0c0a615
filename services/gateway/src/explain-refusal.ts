import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Kafka, Log } from '@millrace/kafka'
import { isBounded, type Source } from '@millrace/service-kit'
import { type Explanation, explainStepwise, type Headers, mistakes } from '@millrace/signing'
import type { Meter } from '@opentelemetry/api'
import { createRejectionReporter } from './report-rejected.ts'
import type { SharedCounts } from './shared-counts.ts'
import type { RefusalCause } from './tally.ts'

/** A request that its source could not be proven for. */
export interface RefusedRequest {
  readonly webhookId: string
  /** Epoch milliseconds. */
  readonly receivedAt: number
  readonly address: string
  readonly source: Source
  readonly headers: Headers
  readonly body: Buffer
  /** What the caller is told. */
  readonly rule: string
}

/** A refused request with what was found out about it. */
export interface ExplainedRefusal extends RefusedRequest {
  readonly bodyBytes: number
  /** Undefined when it was not looked for. */
  readonly explanation: Explanation | undefined
  /** Refused requests of the source since its last sample that were not looked at. */
  readonly unsampled: number
}

export interface RefusalExplainerOptions {
  readonly kafka: Pick<Kafka, 'send' | 'isReachable'>
  readonly log: Pick<Log, 'info' | 'warn'>
  readonly meter: Pick<Meter, 'createCounter'>
  /** Every source, to tell whose secret was used. */
  readonly sources: () => readonly Source[]
  /** Hears the likely cause in words, for the status page. */
  readonly onExplained?: (cause: RefusalCause) => void
  readonly counts: SharedCounts
  /** Milliseconds of each second that explanations may take of the event loop; default 25. */
  readonly budgetMs?: number
}

export interface RefusalExplainer {
  /** Takes note and returns at once; whatever follows happens beside the requests, or not at all. Never throws. */
  note(refused: RefusedRequest): void
  /** Resolves when nothing is waiting or being worked on. For tests. */
  settled(): Promise<void>
  close(): void
}

/** What was noted, of which a sample is looked at. */
interface Sampled {
  /** With a copy of its body, or none where the body is too large. */
  readonly refused: RefusedRequest
  readonly bodyBytes: number
  readonly unsampled: number
}

const MINUTE = 60_000
const SAMPLES_A_MINUTE = 10
/** A body takes about a hundred digests; of larger ones only the rule is told. */
const MAX_BODY_BYTES = 65_536
const MAX_WAITING = 32
/** Time for explanations: a budget of each second, in turns of 1 ms, at most 200 ms for one request. */
const WINDOW_MS = 1_000
const BUDGET_MS = 25
const TURN_MS = 1
const MAX_EXPLANATION_MS = 200

/**
 * Explains a sample of the refused requests: ten a minute and source get a log line and a record in `webhooks.rejected`. Requests that
 * prove nothing can be sent in any number, so everything here is bounded (samples, waiting bodies, time on the event loop) and nothing
 * of it reaches the caller or changes how a source works.
 */
export function createRefusalExplainer(options: RefusalExplainerOptions): RefusalExplainer {
  const { sources, budgetMs = BUDGET_MS } = options
  const tell = createTeller(options)
  const sample = createSampler(options.counts)
  const waiting: Sampled[] = []
  const clock = createBudget(budgetMs)
  const stop = new AbortController()
  let working: Promise<void> | undefined

  const work = async () => {
    for (let next = waiting.shift(); next !== undefined && !stop.signal.aborted; next = waiting.shift()) {
      const { refused, bodyBytes, unsampled } = next
      const isWhole = refused.body.length === bodyBytes
      const explanation = isWhole ? await explain(refused, sources(), clock, stop.signal) : undefined
      tell({ ...refused, bodyBytes, explanation, unsampled })
    }
    working = undefined
  }

  return {
    note(refused) {
      const unsampled = sample(refused.source.name, waiting.length < MAX_WAITING && !stop.signal.aborted)
      if (unsampled === null) return
      const { length: bodyBytes } = refused.body
      // A view would keep the whole chunk that it was read in.
      const body = bodyBytes <= MAX_BODY_BYTES ? Buffer.from(refused.body) : Buffer.alloc(0)
      waiting.push({ refused: { ...refused, body }, bodyBytes, unsampled })
      working ??= nextTurn().then(work)
    },
    settled: async () => working,
    close() {
      stop.abort()
      waiting.length = 0
    },
  }
}

/** Ten a minute and source, over all processes: answers how many were passed over here since the last one, or null for one that is passed over. */
function createSampler(counts: SharedCounts): (source: string, hasRoom: boolean) => number | null {
  /** Names come from the configuration, so there are never more of them than it had. */
  const passedOver = new Map<string, number>()
  return (source, hasRoom) => {
    const passed = passedOver.get(source) ?? 0
    const isTaken = hasRoom && counts.add(`refusals:${source}`, MINUTE).current <= SAMPLES_A_MINUTE
    passedOver.set(source, isTaken ? 0 : passed + 1)
    return isTaken ? passed : null
  }
}

interface Budget {
  /** Milliseconds to wait before there is time again; 0 when there is. */
  wait(): number
  spend(ms: number): void
}

function createBudget(budgetMs: number): Budget {
  let since = 0
  let spent = 0
  return {
    wait() {
      const at = performance.now()
      if (at - since >= WINDOW_MS) {
        since = at
        spent = 0
      }
      return spent < budgetMs ? 0 : since + WINDOW_MS - at
    },
    spend(ms) {
      spent += ms
    },
  }
}

/** Undefined when it took too long, or the gateway stops. */
async function explain(
  { source, headers, body, receivedAt }: RefusedRequest,
  all: readonly Source[],
  budget: Budget,
  signal: AbortSignal,
): Promise<Explanation | undefined> {
  const others = all.filter(({ name }) => name !== source.name).map(({ name, secrets }) => ({ source: name, secrets }))
  const { schemes, secrets } = source
  const steps = explainStepwise({ schemes, headers, body, secrets, others, now: receivedAt })
  let spent = 0
  while (spent < MAX_EXPLANATION_MS && !signal.aborted) {
    const wait = budget.wait()
    await (wait > 0 ? pause(wait, undefined, { ref: false }) : nextTurn())
    const from = performance.now()
    // What it costs is its own time: while something else has the processor, nothing is looked for.
    const cpu = process.threadCpuUsage()
    const cost = () => {
      const { user, system } = process.threadCpuUsage(cpu)
      return (user + system) / 1_000
    }
    for (let took = 0; took < TURN_MS; took = performance.now() - from) {
      const step = steps.next()
      if (step.done === true) {
        budget.spend(cost())
        return step.value
      }
    }
    const took = cost()
    spent += took
    budget.spend(took)
  }
  return undefined
}

/** Log line, record, count, and the cause in words for the status page. */
function createTeller(options: RefusalExplainerOptions): (refusal: ExplainedRefusal) => void {
  const report = createRejectionReporter(options.kafka, options.log)
  const explained = options.meter.createCounter('millrace.gateway.explained_refusals', {
    description: 'Sampled refusals by source and the known mistake that explains them: none, or not-looked-for.',
  })
  return (refusal) => {
    const { source, rule, explanation } = refusal
    const found = explanation?.mistakes ?? []
    const none = explanation === undefined ? 'not-looked-for' : 'none'
    for (const mistake of found.length === 0 ? [none] : found.map(({ name }) => name))
      explained.add(1, { source: source.name, mistake })
    const words = found.map(({ name }) => mistakes[name])
    if (words.length === 0) options.log.info(lineOf(refusal), 'no known mistake explains a refused request')
    else {
      const cause = words.map(({ meaning }) => meaning).join(' ')
      const remedy = words.map((word) => word.remedy).join(' ')
      // Ten a minute and source, each about another request.
      options.log.warn({ ...lineOf(refusal), cause, remedy, [isBounded]: true }, 'a refused request is explained')
      options.onExplained?.({ source: source.name, webhookId: refusal.webhookId, rule, likelyCause: cause })
    }
    report(refusal, options.sources())
  }
}

function lineOf({ webhookId, source, rule, explanation, unsampled }: ExplainedRefusal): object {
  const found = explanation?.mistakes ?? []
  return {
    webhook_id: webhookId,
    source: source.name,
    scheme: explanation?.verdict.scheme ?? null,
    rule,
    is_explained: explanation !== undefined,
    mistakes: found.map(({ name }) => name),
    secret_id: found.find(({ secretId }) => secretId !== undefined)?.secretId ?? null,
    secret_source: found.find((mistake) => mistake.source !== undefined)?.source ?? null,
    found_in_header: found.find(({ header }) => header !== undefined)?.header ?? null,
    unsampled,
  }
}
