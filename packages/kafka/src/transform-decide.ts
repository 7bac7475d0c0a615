import type { Topic } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import type { VerbContext } from './consume.ts'
import { classify } from './errors.ts'
import type { TopicPartition, WireRecord } from './port.ts'
import { placed } from './records.ts'
import { count, type RecordSpans, spansOf, traced, withTrace } from './telemetry.ts'
import type { InRecord, OutRecord, RawRecord, TransformOptions, TransformResult } from './types.ts'

/** What a batch becomes: everything that its transaction writes besides the offset, and what runs after the commit. */
export interface Outcome {
  readonly writes: readonly WireRecord[]
  readonly buried: readonly { readonly raw: RawRecord; readonly error: unknown }[]
  readonly after: readonly (() => Promise<void>)[]
}

export interface DeciderOptions<V> {
  readonly tp: TopicPartition
  readonly source: Topic<V>
  readonly transform: TransformOptions<V>
  readonly verbs: VerbContext
  /** Aborts when the partition is lost. */
  readonly signal: AbortSignal
  partitionsOf(topic: string): Promise<number>
}

/** Both answer undefined when the partition was lost meanwhile; both repeat what fails for a passing reason, for as long as it takes. */
export interface Decider {
  /** Runs `apply` over a batch; a record that fails alone, or cannot be decoded, is buried. */
  decide(raws: readonly RawRecord[], committed: bigint): Promise<Outcome | undefined>
  /** Gives up on a record whose outputs the broker refuses for good. */
  condemn(raw: RawRecord, error: unknown): Promise<Outcome | undefined>
}

export function createDecider<V>({ tp, source, transform, verbs, signal, partitionsOf }: DeciderOptions<V>): Decider {
  const { log, mapper } = verbs
  const place = { group: transform.group, topic: source.name, partition: tp.partition }

  const repeated = async (work: () => Promise<Outcome>): Promise<Outcome | undefined> => {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (signal.aborted) return undefined
        const { kind, retryAfterMs, code } = classify(error)
        count.retry(transform.group, kind)
        const fields = { ...place, code, attempt, error: (error as Error).message }
        // The first tries may meet what is only just coming up; after that ever more rarely.
        if (attempt <= 2) log.info(fields, 'transform batch failed, will be repeated')
        else if (Number.isInteger(Math.log2(attempt))) log.warn(fields, 'transform batch failed, will be repeated')
        await pauseFor(retryAfterMs ?? backoffMs(attempt, 50, 5_000), signal)
      }
    }
    return undefined
  }

  const applyTo = async (
    raws: readonly RawRecord[],
    committed: bigint,
    spans: RecordSpans,
    mayIsolate: boolean,
  ): Promise<Outcome> => {
    const buried: { raw: RawRecord; error: unknown }[] = []
    const records: InRecord<V>[] = []
    for (const raw of raws) {
      try {
        records.push(mapper.decode(source, raw))
      } catch (error) {
        if (classify(error).kind === 'transient') throw error
        buried.push({ raw, error })
      }
    }
    if (records.length === 0) return { writes: [], buried, after: [] }
    try {
      const result = await transform.apply({ topic: source.name, partition: tp.partition, records, committed, signal })
      return await outcomeOf(result, raws, buried, spans)
    } catch (error) {
      const { kind } = classify(error)
      if (signal.aborted || kind === 'transient' || kind === 'throttled') throw error
      if (mayIsolate) return isolate(raws, committed, spans)
      const raw = raws[0] as RawRecord
      await transform.beforeDeadLetter?.(records)
      return { writes: [], buried: [{ raw, error }], after: [] }
    }
  }

  /** A batch with a record that fails for good is decided record by record, so that only that one is given up. */
  const isolate = async (raws: readonly RawRecord[], committed: bigint, spans: RecordSpans): Promise<Outcome> => {
    const parts: Outcome[] = []
    for (const raw of raws) parts.push(await applyTo([raw], committed, spans, false))
    return {
      writes: parts.flatMap((part) => part.writes),
      buried: parts.flatMap((part) => part.buried),
      after: parts.flatMap((part) => part.after),
    }
  }

  const outcomeOf = async (
    result: TransformResult,
    raws: readonly RawRecord[],
    buried: { raw: RawRecord; error: unknown }[],
    spans: RecordSpans,
  ): Promise<Outcome> => {
    const byOffset = new Map(raws.map((raw) => [raw.offset, raw]))
    const given = (result.deadLetters ?? []).flatMap(({ record, error }) => {
      const raw = byOffset.get(record.offset)
      return raw === undefined ? [] : [{ raw, error }]
    })
    const writes = await Promise.all(result.outputs.map((output) => toWire(output as OutRecord<unknown>, spans)))
    return {
      writes,
      buried: [...buried, ...given],
      after: result.afterCommit === undefined ? [] : [result.afterCommit],
    }
  }

  const noteSkips = async (outcome: Outcome, raws: readonly RawRecord[], committed: bigint): Promise<Outcome> => {
    const last = raws.at(-1)
    if (outcome.buried.length > 0 && last !== undefined) {
      await transform.beforeSkip?.({ topic: source.name, partition: tp.partition, committed, next: last.offset + 1n })
    }
    return outcome
  }

  const toWire = async (output: OutRecord<unknown>, spans: RecordSpans): Promise<WireRecord> => {
    const record = mapper.encode(
      output.topic,
      output.key,
      output.value,
      spans.within(output.cause?.offset, () => withTrace(output.headers, output.cause?.headers)),
    )
    return placed(record, await partitionsOf(record.topic))
  }

  return {
    decide: (raws, committed) =>
      repeated(() =>
        traced('process', { ...place, batch: raws.length, links: raws.map(({ headers }) => headers) }, async (span) => {
          const spans = spansOf(span, place, raws)
          try {
            return await applyTo(raws, committed, spans, raws.length > 1)
          } finally {
            spans.end()
          }
        }).then((outcome) => noteSkips(outcome, raws, committed)),
      ),
    condemn: (raw, error) =>
      repeated(async () => {
        await transform.beforeDeadLetter?.([mapper.decode(source, raw)])
        return { writes: [], buried: [{ raw, error }], after: [] }
      }),
  }
}
