import { type Kafka, KEY_ID_HEADER, type RawRecord } from '@millrace/kafka'
import { scanTopics } from '@millrace/operations'
import { type Topic, topics } from '@millrace/schemas'
import { subjectOfKeyId } from '@millrace/service-kit'
import { ConsoleError } from '../errors.ts'

/** What records that were written lately are about, by their keys and headers alone: also those that nobody can open any more. */
export interface NamedLately {
  /** Record keys of the nodes that observations of these subjects name. */
  nodesOf(subjects: Iterable<string>): Set<string>
  /** Ids of the events of these subjects. */
  eventsOf(subjects: Iterable<string>): Set<string>
  /** Whether an observation of anybody else names the node too. */
  isNamedByOthers(node: string, subjects: ReadonlySet<string>): boolean
}

/** @param since epoch milliseconds: what was written then or later, up to now @throws ConsoleError `MR_CONSOLE_BUSY` (retryable) for more than fits */
export type LookLately = (since: number) => Promise<NamedLately>

const READ_WITHIN_MS = 120_000
/** Kept for the next look, which then reads only what came since. */
const KEPT_MS = 300_000
const MAX_NAMES = 1_000_000
/** More of them than one erasure is about in such a time: such a node is everybody's. */
const MAX_SUBJECTS = 16

const read = [topics.observations, topics.events] as readonly Topic<unknown>[]

/** Erasures that look at the same time share one reading. */
export function createLookLately(kafka: Kafka): LookLately {
  let known: Known | undefined
  let running: Promise<NamedLately> | undefined
  let waiting: { since: number; readonly answer: Promise<NamedLately> } | undefined
  let forgetting: NodeJS.Timeout | undefined

  const look = async (since: number) => {
    clearTimeout(forgetting)
    const kept = known !== undefined && known.since <= since ? known : undefined
    known = undefined
    known = kept === undefined ? await readSince(kafka, since) : await readOn(kafka, kept)
    forgetting = setTimeout(() => {
      known = undefined
    }, KEPT_MS).unref()
    return known.names
  }
  const start = (since: number) => {
    running = look(since).finally(() => {
      running = undefined
    })
    return running
  }
  return (since) => {
    if (running === undefined) return start(since)
    // What is being read may have passed what was written since.
    const next = waiting ?? { since, answer: running.catch(() => {}).then(() => startNext()) }
    next.since = Math.min(next.since, since)
    waiting = next
    return next.answer
  }

  function startNext(): Promise<NamedLately> {
    const { since } = waiting as { since: number }
    waiting = undefined
    return start(since)
  }
}

interface Known {
  readonly since: number
  /** Where reading goes on, as `scanTopics` has it. */
  readonly places: Map<string, bigint>
  readonly names: Names
}

async function readSince(kafka: Kafka, since: number): Promise<Known> {
  const [places, names] = [new Map<string, bigint>(), createNames(kafka)]
  const signal = AbortSignal.timeout(READ_WITHIN_MS)
  for (const topic of read) {
    // Before it is read: what comes meanwhile is read twice rather than never.
    for (const [partition, end] of await kafka.ends(topic)) places.set(`${topic.name}/${partition}`, end)
    for await (const record of kafka.read(topic, { from: since, untilEnd: true, unopened: true, signal }))
      names.note(record)
    signal.throwIfAborted()
  }
  return { since, places, names }
}

async function readOn(kafka: Kafka, known: Known): Promise<Known> {
  const signal = AbortSignal.timeout(READ_WITHIN_MS)
  await scanTopics(kafka, read, known.names.note, { from: known.places, unopened: true, signal })
  return known
}

interface Names extends NamedLately {
  note(record: RawRecord): undefined
}

function createNames(kafka: Pick<Kafka, 'decode'>): Names {
  const nodes = new Map<string, Set<string>>()
  const events = new Map<string, Set<string>>()
  const subjects = new Map<string, Set<string>>()
  let count = 0
  const add = (names: Map<string, Set<string>>, of: string, name: string) => {
    const found = names.get(of)
    if (found === undefined) names.set(of, new Set([name]))
    else found.add(name)
  }
  const noteObservation = (key: string, subject: string) => {
    // What owners of nodes tell each other names nobody's record.
    if (subject === key) return
    if (nodes.get(subject)?.has(key) === true) return
    add(nodes, subject, key)
    count++
    if ((subjects.get(key)?.size ?? 0) < MAX_SUBJECTS) add(subjects, key, subject)
  }
  return {
    note(record) {
      const { topic, key, value, headers } = record
      if (key === null || value === null) return
      const keyId = headers.get(KEY_ID_HEADER)?.toString()
      const id = headers.get('ce_id')?.toString()
      if (topic === topics.events.name) {
        if (id !== undefined) add(events, keyId === undefined ? key : subjectOfKeyId(keyId), id)
      } else noteObservation(key, keyId === undefined ? plainSubject(kafka, record, key) : subjectOfKeyId(keyId))
      if (count <= MAX_NAMES) return
      const detail = 'More of the graph was written since than can be looked through: the ledger is too far behind.'
      throw new ConsoleError('MR_CONSOLE_BUSY', { detail, retryAfterSeconds: 2 })
    },
    nodesOf: (wanted) => allOf(nodes, wanted),
    eventsOf: (wanted) => allOf(events, wanted),
    isNamedByOthers(node, own) {
      const found = subjects.get(node)
      if (found === undefined) return false
      return found.size >= MAX_SUBJECTS || [...found].some((subject) => !own.has(subject))
    },
  }
}

/** Of what was written while encryption was off. What cannot be decoded is in no graph. */
function plainSubject(kafka: Pick<Kafka, 'decode'>, record: RawRecord, key: string): string {
  try {
    const value = kafka.decode(topics.observations, record)
    return value === null ? key : (topics.observations.subject?.(key, value) ?? key)
  } catch (error) {
    if ((error as { retryable?: unknown }).retryable === true) throw error
    return key
  }
}

function allOf(names: ReadonlyMap<string, ReadonlySet<string>>, wanted: Iterable<string>): Set<string> {
  const found = new Set<string>()
  for (const each of wanted) for (const name of names.get(each) ?? []) found.add(name)
  return found
}
