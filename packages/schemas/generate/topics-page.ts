import { readFileSync } from 'node:fs'
import { latest } from '../src/codec.ts'
import { fingerprintHex } from '../src/fingerprint.ts'
import { type Schema, schemas, type Topic } from '../src/index.ts'
import { ownTopics } from './own-topics.ts'

const DAY = 86_400_000
const MIB = 1_048_576

/** `docs/topics.md`: the prose of topics-page.md with tables in the places that it names. */
export function topicsPage(): string {
  const prose = readFileSync(new URL('topics-page.md', import.meta.url), 'utf8')
  const notice =
    '<!-- Generated: edit packages/schemas/generate/topics-page.md or src/topics.ts, then run `pnpm --filter @millrace/schemas generate`. -->'
  const parts = {
    topics: topicTable(),
    'dead-letters': deadLetterTable(),
    schemas: schemaTable(),
    'event-fingerprint': fingerprintHex(latest(schemas.WebhookEvent).fingerprint),
  }
  return `${notice}\n\n${Object.entries(parts).reduce((page, [name, text]) => page.replace(`{{${name}}}`, text), prose)}`
}

/** A table with padded cells, as the formatter wants it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function topicTable(): string {
  const rows = ownTopics.map((topic) => [
    `\`${topic.name}\``,
    topic.summary,
    topic.key,
    avscLink(topic.schema),
    lifetime(topic),
    `${topic.maxValueBytes / MIB} MiB`,
    topic.writers.join(', '),
  ])
  return table(['topic', 'what it holds', 'key', 'value', 'kept', 'largest value', 'written by'], rows)
}

function lifetime(topic: Topic): string {
  const days = `${topic.retentionMs / DAY} d`
  return topic.cleanup === 'compact' ? `last of each key; null ${days}` : days
}

function deadLetterTable(): string {
  const rows = ownTopics
    .filter((topic) => topic.groups.length > 0)
    .map((topic) => [`\`${topic.name}\``, topic.groups.map((group) => `\`${topic.name}.dlq.${group}\``).join('<br>')])
  return table(['source', 'dead-letter topics'], rows)
}

function schemaTable(): string {
  const all = Object.values(schemas) as Schema<unknown>[]
  const rows = all.flatMap((schema) =>
    schema.versions.map(({ version, fingerprint }) => [
      avscLink(schema, version),
      `\`${spaced(fingerprintHex(fingerprint))}\``,
    ]),
  )
  return table(['schema', 'bytes 3 to 10 of a value'], rows)
}

function avscLink(schema: Schema<unknown>, version = schema.versions.length): string {
  return `[${schema.name} v${version}](../packages/schemas/avro/${schema.name}/v${version}.avsc)`
}

function spaced(hex: string): string {
  return hex.replaceAll(/(..)(?=.)/g, '$1 ')
}
