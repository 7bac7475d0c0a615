import type { Kafka, RawRecord } from '@millrace/kafka'
import { deadLetterTopic, type Topic, topics } from '@millrace/schemas'
import { insisting, Refused, type Signed } from './people.ts'

/** Of these a redrive writes the record as it was, and a replay of the event for the one group. */
const PLACES = [
  { source: topics.received as Topic<unknown>, group: 'dedup' },
  { source: topics.events as Topic<unknown>, group: 'knowledge-extract' },
] as const

/** One record of everybody in each dead-letter topic, bytes and headers as a group leaves what it gives up. @returns ids, once for each place */
export async function buryOneOfEach(kafka: Kafka): Promise<string[]> {
  const ids: string[] = []
  for (const { source, group } of PLACES) {
    const first = new Map<string, RawRecord>()
    for await (const record of kafka.read(source, { untilEnd: true }))
      if (record.key !== null && !first.has(record.key)) first.set(record.key, record)
    const bury = ([key, { value, headers }]: [string, RawRecord]) => {
      const why = { 'x-error-code': 'MR_CHAOS', 'kafka_dlt-exception-message': 'by hand' }
      return kafka.send(deadLetterTopic(source, group), key, value, {
        headers: { ...Object.fromEntries(headers), ...why },
      })
    }
    await Promise.all([...first].map(bury))
    ids.push(...Array.from(first.keys(), (key) => key.slice(key.indexOf('/') + 1)))
  }
  return ids
}

/** Puts back whatever a redrive of each place finds. @returns how many those were */
export async function redriveAll(asker: Signed, withinMs: number): Promise<number> {
  let count = 0
  for (const { source, group } of PLACES) {
    const asked = await insisting(async () => {
      const body = { topic: source.name, group, rate: 500, reason: 'chaos' }
      const answer = await asker.post('/redrives', body)
      return answer.status === 201 ? answer.body : undefined
    }, withinMs)
    const done = await insisting(async () => {
      const { body } = await asker.get(`/redrives/${asked.redrive_id}`)
      if (body.state === 'failed') throw new Refused(String(body.error))
      return body.state === 'done' ? body : undefined
    }, withinMs)
    count += Number(done.done)
  }
  return count
}
