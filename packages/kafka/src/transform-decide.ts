import type { Topic } from '@millrace/schemas'
import { backoffMs, pauseFor } from './backoff.ts'
import type { VerbContext } from './consume.ts'
import { classify } from './errors.ts'
import { createLoopBreaks } from './loop-breaks.ts'
import type { TopicPartition, WireRecord } from './port.ts'
import { placed } from './records.ts'
import { isErasure } from './sealing.ts'
import { count, type RecordSpans, spansOf, traced, withTrace } from './telemetry.ts'
import type { InRecord, OutRecord, RawRecord, TransformOptions, TransformResult } from './types.ts'

/** What a batch becomes: everything that its transaction writes besides the offset, and what runs after the commit. */
export interface Outcome {
  readonly writes: readonly WireRecord[]
  readonly buried: readonly { readonly raw: RawRecord; readonly error: unknown }[]
  readonly after: readonly (() => Promise<void>)[]
  /** Records that were passed over, and outputs that are not written, because whom they are about was erased. */
  readonly erased: { readonly records: number; readonly outputs: number }
}

const nothing: Outcome = { writes: [], buried: [], after: [], erased: { records: 0, outputs: 0 } }

export interface DeciderOptions<V> {
  readonly tp: TopicPartition
  readonly source: Topic<V>
  readonly transform: TransformOptions<V>
  readonly verbs: VerbContext
  /** Aborts when the partition is lost. */
  readonly signal: AbortSignal
  partitionsOf(topic: string): Promise<number>
}

/** All answer undefined when the partition was lost meanwhile; all repeat what fails for a passing reason, for as long as it takes. */
export interface Decider {
  /** Runs `apply` over a batch; a record that fails alone, or cannot be decoded, is buried. */
  decide(raws: readonly RawRecord[], committed: bigint): Promise<Outcome | undefined>
  /** Gives up on a record whose outputs the broker refuses for good. */
  condemn(raw: RawRecord, error: unknown): Promise<Outcome | undefined>
  /** Goes on to `next`, with no record before it. */
  pass(committed: bigint, next: bigint): Promise<Outcome | undefined>
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
    const loopBreak = createLoopBreaks()
    await mapper.prepareRead(raws)
    for (const raw of raws) {
      await loopBreak()
      try {
        records.push(mapper.decode(source, raw))
      } catch (error) {
        if (classify(error).kind === 'transient') throw error
        if (!isErasure(error)) buried.push({ raw, error })
      }
    }
    const passedOver = { records: raws.length - records.length - buried.length, outputs: 0 }
    if (records.length === 0) return { ...nothing, buried, erased: passedOver }
    try {
      const result = await transform.apply({ topic: source.name, partition: tp.partition, records, committed, signal })
      return withErased(await outcomeOf(result, raws, buried, spans), passedOver)
    } catch (error) {
      const { kind } = classify(error)
      if (signal.aborted || kind === 'transient' || kind === 'throttled') throw error
      if (mayIsolate) return isolate(raws, committed, spans)
      if (isErasure(error)) return { ...nothing, erased: { records: 1, outputs: 0 } }
      const raw = raws[0] as RawRecord
      await transform.beforeDeadLetter?.(records)
      return { ...nothing, buried: [{ raw, error }] }
    }
  }

  /** A batch with a record that fails for good is decided record by record, so that only that one is given up. */
  const isolate = async (raws: readonly RawRecord[], committed: bigint, spans: RecordSpans): Promise<Outcome> => {
    const parts: Outcome[] = []
    for (const raw of raws) parts.push(await applyTo([raw], committed, spans, false))
    const whole = {
      writes: parts.flatMap((part) => part.writes),
      buried: parts.flatMap((part) => part.buried),
      after: parts.flatMap((part) => part.after),
    }
    return parts.reduce((sum, { erased }) => withErased(sum, erased), { ...nothing, ...whole })
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
    await mapper.prepareWrite(result.outputs)
    const loopBreak = createLoopBreaks()
    const writes: WireRecord[] = []
    for (const output of result.outputs) {
      await loopBreak()
      const write = await toWire(output as OutRecord<unknown>, spans)
      if (write !== undefined) writes.push(write)
    }
    return {
      writes,
      buried: [...buried, ...given],
      after: result.afterCommit === undefined ? [] : [result.afterCommit],
      erased: { records: 0, outputs: result.outputs.length - writes.length },
    }
  }

  const skip = async (committed: bigint, next: bigint) =>
    transform.beforeSkip?.({ topic: source.name, partition: tp.partition, committed, next })

  const noteSkips = async (outcome: Outcome, raws: readonly RawRecord[], committed: bigint): Promise<Outcome> => {
    const last = raws.at(-1)
    const isSkipping = outcome.buried.length > 0 || outcome.erased.records > 0
    if (isSkipping && last !== undefined) await skip(committed, last.offset + 1n)
    return outcome
  }

  const toWire = async (output: OutRecord<unknown>, spans: RecordSpans): Promise<WireRecord | undefined> => {
    const record = mapper.encode(
      output.topic,
      output.key,
      output.value,
      spans.within(output.cause?.offset, () => withTrace(output.headers, output.cause?.headers)),
    )
    return record === undefined ? undefined : placed(record, await partitionsOf(record.topic))
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
        await mapper.prepareRead([raw])
        if (mapper.isErased(raw)) return { ...nothing, erased: { records: 1, outputs: 0 } }
        await transform.beforeDeadLetter?.([mapper.decode(source, raw)])
        return { ...nothing, buried: [{ raw, error }] }
      }),
    pass: (committed, next) =>
      repeated(async () => {
        await skip(committed, next)
        return nothing
      }),
  }
}

function withErased(outcome: Outcome, { records, outputs }: Outcome['erased']): Outcome {
  const { erased } = outcome
  return { ...outcome, erased: { records: erased.records + records, outputs: erased.outputs + outputs } }
}
