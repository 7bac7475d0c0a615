import { type Kysely, type SqlBool, sql } from 'kysely'
import { z } from 'zod'
import type { DeadLettersTable } from '../db/finding-tables.ts'
import type { Tables } from '../db/tables.ts'
import { pageFrom, readCursor } from './cursor.ts'
import type { deadLetterRecord, deadLettersQuery, deadLetterTopicState } from './schemas/dead-letters.ts'

type TopicState = z.infer<typeof deadLetterTopicState>
type Letter = z.infer<typeof deadLetterRecord>

const MAX_CODES = 20

/** Every dead-letter topic that holds something of the tenant, the fullest first. */
export async function deadLetterTopics(db: Kysely<Tables>, tenant: string): Promise<TopicState[]> {
  const rows = await db
    .selectFrom('dead_letters')
    .select(({ fn }) => [
      'topic',
      'source_topic',
      'consumer_group',
      'error_code',
      fn.countAll<number>().filterWhere('redriven_at', 'is', null).as('count'),
      fn.countAll<number>().filterWhere('redriven_at', 'is not', null).as('redriven_count'),
      fn.min('at').filterWhere('redriven_at', 'is', null).as('oldest_at'),
      fn.max('at').filterWhere('redriven_at', 'is', null).as('newest_at'),
    ])
    .where('tenant', '=', tenant)
    .groupBy(['topic', 'source_topic', 'consumer_group', 'error_code'])
    .execute()
  const byTopic = Map.groupBy(rows, ({ topic, consumer_group }) => `${topic} ${consumer_group}`)
  return [...byTopic.values()].flatMap((parts) => topicState(parts) ?? []).sort((a, b) => b.count - a.count)
}

type Part = {
  readonly topic: string
  readonly source_topic: string
  readonly consumer_group: string
  readonly error_code: string
  readonly count: number
  readonly redriven_count: number
  readonly oldest_at: number | null
  readonly newest_at: number | null
}

function topicState(parts: readonly Part[]): TopicState | undefined {
  const [first] = parts
  if (first === undefined) return undefined
  const times = (pick: (part: Part) => number | null) => parts.flatMap((part) => pick(part) ?? [])
  const sum = (pick: (part: Part) => number) => parts.reduce((total, part) => total + pick(part), 0)
  const codes = parts.filter(({ count }) => count > 0).map(({ error_code: code, count }) => ({ code, count }))
  const oldest = times(({ oldest_at }) => oldest_at)
  const newest = times(({ newest_at }) => newest_at)
  return {
    topic: first.topic,
    source_topic: first.source_topic,
    group: first.consumer_group,
    count: sum(({ count }) => count),
    redriven_count: sum(({ redriven_count }) => redriven_count),
    oldest_at: oldest.length === 0 ? null : Math.min(...oldest),
    newest_at: newest.length === 0 ? null : Math.max(...newest),
    codes: codes.sort((a, b) => b.count - a.count).slice(0, MAX_CODES),
  }
}

const place = z.tuple([z.number(), z.number(), z.number()])

/**
 * What lies in one dead-letter topic, newest first.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for a cursor that is none
 */
export async function findDeadLetters(
  db: Kysely<Tables>,
  tenant: string,
  topic: string,
  { code, redriven, limit, cursor }: z.infer<typeof deadLettersQuery>,
) {
  const after = readCursor(cursor, place)
  const rows = await db
    .selectFrom('dead_letters')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('topic', '=', topic)
    .where('redriven_at', redriven === 'true' ? 'is not' : 'is', null)
    .$if(code !== undefined, (found) => found.where('error_code', '=', code ?? ''))
    .$if(after !== undefined, (found) =>
      found.where(sql<SqlBool>`(at, partition, "offset") < (${after?.[0]}, ${after?.[1]}, ${after?.[2]})`),
    )
    .orderBy('at', 'desc')
    .orderBy('partition', 'desc')
    .orderBy('offset', 'desc')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, limit, (row) => [row.at, row.partition, row.offset], letterOf)
}

/** The dead letters of one event, oldest first, at most 100. */
export async function deadLettersOf(db: Kysely<Tables>, tenant: string, eventId: string): Promise<Letter[]> {
  const rows = await db
    .selectFrom('dead_letters')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('event_id', '=', eventId)
    .orderBy('at')
    .limit(100)
    .execute()
  return rows.map(letterOf)
}

function letterOf(row: DeadLettersTable): Letter {
  const { topic, partition, offset, source_topic, source_partition, source_offset } = row
  return {
    position: `${topic}-${partition}-${offset}`,
    topic,
    group: row.consumer_group,
    source_position: `${source_topic}-${source_partition ?? '?'}-${source_offset ?? '?'}`,
    at: row.at,
    key: row.record_key,
    event_id: row.event_id,
    delivery_id: row.delivery_id,
    error_code: row.error_code,
    error_message: row.error_message,
    stack: row.stack,
    value_bytes: row.value_bytes,
    redriven_at: row.redriven_at,
  }
}
