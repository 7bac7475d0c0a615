import { readFileSync } from 'node:fs'
import type { MentionKind, TextFormat } from '../../src/text/mention.ts'
import { mentionsIn, type TextReading } from '../../src/text/mentions-in.ts'

/** A text and what a reader finds in it: values by kind, each once. */
export interface LabelledText {
  readonly id: string
  readonly domain: string
  readonly format: TextFormat
  readonly received_at: string
  readonly default_region?: string
  readonly time_zone?: string
  readonly text: string
  readonly mentions: Readonly<Partial<Record<MentionKind, readonly string[]>>>
}

export interface Score {
  readonly labelled: number
  readonly read: number
  readonly right: number
  readonly precision: number
  readonly recall: number
}

/** A value that was read and is not labelled, or the other way round. */
export interface Miss {
  readonly id: string
  readonly kind: MentionKind
  readonly value: string
  readonly is: 'read wrongly' | 'not read'
}

export const MIN_PRECISION = 0.95
export const MIN_RECALL = 0.85

export const halves = ['dev', 'held-out'] as const

/** The half that the readers were tuned by, or the one that was kept from it. */
export function labelledTexts(half: (typeof halves)[number]): LabelledText[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/mentions/${half}.json`, import.meta.url), 'utf8'))
}

const kinds: readonly MentionKind[] = [
  'email',
  'phone',
  'url',
  'date',
  'money',
  'task_reference',
  'conversation_reference',
  'organisation',
]

/** Compares what is read with what is labelled, by value, each value once a text. */
export function scoreMentions(
  texts: readonly LabelledText[],
  readText = readLabelled,
): { scores: Map<MentionKind, Score>; misses: Miss[] } {
  const misses: Miss[] = []
  const counts = new Map(kinds.map((kind) => [kind, { labelled: 0, read: 0, right: 0 }]))
  for (const text of texts) {
    const read = readValues(readText(text))
    for (const [kind, count] of counts) {
      const labelled = new Set(text.mentions[kind])
      const values = read.get(kind) ?? new Set<string>()
      count.labelled += labelled.size
      count.read += values.size
      count.right += [...labelled].filter((value) => values.has(value)).length
      for (const value of values)
        if (!labelled.has(value)) misses.push({ id: text.id, kind, value, is: 'read wrongly' })
      for (const value of labelled) if (!values.has(value)) misses.push({ id: text.id, kind, value, is: 'not read' })
    }
  }
  const scores = new Map([...counts].map(([kind, count]) => [kind, { ...count, ...ratesOf(count) }]))
  return { scores, misses }
}

function readValues({ mentions }: TextReading): Map<MentionKind, Set<string>> {
  return new Map(
    [...Map.groupBy(mentions, ({ kind }) => kind)].map(([kind, found]) => [
      kind,
      new Set(found.map(({ value }) => value)),
    ]),
  )
}

/** Reads the text as the service does for an account whose country and time zone are the label's. */
export function readLabelled(text: LabelledText): TextReading {
  return mentionsIn(text.text, {
    format: text.format,
    receivedAt: Date.parse(text.received_at),
    defaultRegion: text.default_region,
    timeZone: text.time_zone,
  })
}

/** Reads the text as the service does for an account that says neither country nor time zone. */
export function readWithoutCountry({ text, format, received_at }: LabelledText): TextReading {
  return mentionsIn(text, { format, receivedAt: Date.parse(received_at) })
}

function ratesOf({ labelled, read, right }: Pick<Score, 'labelled' | 'read' | 'right'>) {
  return { precision: read === 0 ? 0 : right / read, recall: labelled === 0 ? 0 : right / labelled }
}
