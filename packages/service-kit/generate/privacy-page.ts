import { readFileSync } from 'node:fs'
import {
  deadLetterTopic,
  readersBesideGroups,
  serviceOfGroup,
  type TextField,
  type Topic,
  textFields,
  topics,
} from '@millrace/schemas'
import {
  personalFiles,
  personalLogs,
  personalTables,
  personalTraces,
  purposes,
  type RestingPlace,
  redisKeys,
} from '../src/personal-data/index.ts'
import type { Section } from './read-service-settings.ts'
import { readableDefault } from './setting-text.ts'

const DAY = 86_400_000
const notice =
  '<!-- Generated: edit the marks in packages/schemas/avro, the lists in packages/service-kit/src/personal-data or the text in packages/service-kit/generate/privacy-page.md, then run `pnpm --filter @millrace/service-kit generate`. -->'

/** A place of one table of the page. */
interface Row extends RestingPlace {
  readonly name: string
}

/**
 * `docs/privacy.md`: the prose of privacy-page.md with tables in the places that it names.
 * @throws Error when a place names a setting that no service has
 */
export function privacyPage(sections: readonly Section[]): string {
  const prose = readFileSync(new URL('privacy-page.md', import.meta.url), 'utf8')
  const [ofTopics, ofKeys, ofTables] = [topicRows(), redisRows(), tableRows()]
  const parts: Readonly<Record<string, string>> = {
    topics: table('topic', ofTopics),
    'impersonal-topics': impersonal('topics', ofTopics),
    redis: table('keys', ofKeys),
    'impersonal-redis': impersonal('keys', ofKeys),
    tables: table('table', ofTables, false),
    'impersonal-tables': impersonal('tables', ofTables),
    logs: table('line', personalLogs),
    traces: table('span', personalTraces),
    files: table('file', personalFiles),
  }
  const filled = Object.entries(parts).reduce((page, [name, text]) => page.replace(`{{${name}}}`, () => text), prose)
  return `${notice}\n\n${withSettings(filled, sections)}`
}

function withSettings(text: string, sections: readonly Section[]): string {
  const settings = sections.flatMap((section) => section.settings)
  return text.replaceAll(/\{\{([A-Z_]+)\}\}/g, (_, name: string) => {
    const setting = settings.find(({ env }) => env === name)
    if (setting === undefined) throw new Error(`personal-data names ${name}, which is no setting`)
    return `\`${name}\` (${readableDefault(setting)})`
  })
}

function table(what: string, rows: readonly Row[], withReaders = true): string {
  const readers = withReaders ? ' read by |' : ''
  const personal = rows.filter(isPersonal)
  const isEncryptable = personal.some(({ encrypted }) => encrypted !== undefined)
  const lines = personal.map(({ name, subject, content, encrypted, purpose, kept, ...row }) =>
    [
      ...[name, subject || '–', content || '–'],
      ...(isEncryptable ? [encrypted ?? '–'] : []),
      ...[purpose, kept],
      ...(withReaders ? [row.readers] : []),
    ].join(' | '),
  )
  const names = [what, 'who', 'content', ...(isEncryptable ? ['encrypted'] : []), 'what for', 'how long']
  const head = `| ${names.join(' | ')} |${readers}\n|${' --- |'.repeat(names.length + (withReaders ? 1 : 0))}`
  return [head, ...lines.map((line) => `| ${line} |`)].join('\n')
}

function impersonal(what: string, rows: readonly Row[]): string {
  const names = rows.filter((row) => !isPersonal(row)).map(({ name }) => name)
  return `Nothing of people is in these ${what}: ${names.join(', ').replaceAll('<br>', ', ')}.`
}

function isPersonal({ subject, content }: RestingPlace): boolean {
  return subject !== '' || content !== ''
}

const code = (name: string) => `\`${name}\``

function redisRows(): Row[] {
  return redisKeys.map(({ patterns, ...place }) => ({ ...place, name: patterns.map(code).join('<br>') }))
}

function tableRows(): Row[] {
  const columns = (list: string) => list.split(' ').filter(Boolean).map(code).join(', ')
  return Object.entries(personalTables).map(([name, { subject, content, ...facts }]) => ({
    ...{ ...facts, name: code(name), readers: '' },
    ...{ subject: columns(subject), content: columns(content) },
  }))
}

const isRetry = ({ name }: Pick<Topic, 'name'>) => name === topics.retry4s.name

function topicRows(): Row[] {
  const named = Object.entries(topics) as unknown as [string, Topic][]
  const own = named.flatMap(([key, topic]) => {
    const purpose = Object.hasOwn(purposes, key) ? purposes[key as keyof typeof purposes] : undefined
    if (purpose === undefined && !isRetry(topic)) return []
    return [
      topicRow(topic, purpose ?? 'what waits until its next try', isRetry(topic) ? retryName() : code(topic.name)),
    ]
  })
  return [...own, deadLetterRow()]
}

function retryName(): string {
  return code(topics.retry4s.name.replace('4s', '<delay>'))
}

function topicRow(topic: Topic, purpose: string, name: string): Row {
  const fields = textFields(topic.schema.versions.at(-1)?.avsc ?? '{}')
  const marked = (mark: TextField['pii']) => fields.flatMap(({ path, pii }) => (pii === mark ? [code(path)] : []))
  const key = /conversation|contact|client|node|relationship/.test(topic.key) ? ['record key'] : []
  return {
    ...{ name, purpose, kept: keptOf(topic), readers: readersOf(topic) },
    ...(topic.subject === undefined ? {} : { encrypted: 'the value' }),
    subject: [...key, ...marked('subject')].join(', '),
    content: marked('content').join(', '),
  }
}

function keptOf({ cleanup, retentionMs }: Topic): string {
  const days = `${retentionMs / DAY} days`
  return cleanup === 'delete' ? days : `the last of each key: not by itself; a null ends it, and is kept for ${days}`
}

function readersOf(topic: Topic): string {
  const services = Map.groupBy(topic.groups, (group) => serviceOfGroup[group] ?? group)
  const grouped = Array.from(services, ([service, groups]) => `${service} (${groups.map(code).join(', ')})`)
  const beside = readersBesideGroups(topic.name).filter((service) => !services.has(service))
  return [...grouped, ...beside].join('; ')
}

function deadLetterRow(): Row {
  const example = deadLetterTopic(topics.events, '<group>')
  return {
    name: code(example.name.replace(topics.events.name, '<topic>')),
    subject: 'as the topic',
    content: 'as the topic: the record unchanged',
    encrypted: 'as the topic',
    purpose: 'looking at what could not be handled, and putting it back',
    kept: keptOf(example as unknown as Topic),
    readers: 'console, cli',
  }
}
