import type { RestingPlace } from './types.ts'

/** A log line, span or file, by name. */
export interface NamedPlace extends RestingPlace {
  readonly name: string
}

const collected = 'as long as you keep logs'
const operators = 'whoever may read logs'
const traced = 'as long as your collector keeps traces; none are made without `OTEL_EXPORTER_OTLP_ENDPOINT`'

export const personalLogs: readonly NamedPlace[] = [
  {
    name: 'gateway: `request`, `request refused`, `request failed`',
    subject: '`address`: who sent the request, nearly always a server of Front or Make',
    content: '',
    purpose: 'telling who floods or forges',
    kept: collected,
    readers: operators,
  },
  {
    name: 'console: `request`',
    subject: '`actor`: id of a user or token. No URL, which may hold what somebody searched for',
    content: '',
    purpose: 'telling who asked for what',
    kept: collected,
    readers: operators,
  },
  {
    name: 'mcp: `a session begins`',
    subject: '`token_id`, `token_name`',
    content: '',
    purpose: 'telling which model works for whom',
    kept: collected,
    readers: operators,
  },
  {
    name: 'every service: `error`, `code`, `reason`',
    subject: 'ids of conversations in messages of ours',
    content:
      'none: fields named as credentials or contents are masked, of texts that parsers and databases wrote the quoted part is withheld, all is cut at 2,000 characters',
    purpose: 'finding faults',
    kept: collected,
    readers: operators,
  },
  {
    name: 'handlers: what a team’s own code gives to `ctx.log`',
    subject: 'up to that code',
    content: 'up to that code; masked and cut as above',
    purpose: 'up to that code',
    kept: collected,
    readers: operators,
  },
]

export const personalTraces: readonly NamedPlace[] = [
  {
    name: 'gateway: server spans',
    subject: '`client.address`',
    content: '',
    purpose: 'following one request',
    kept: traced,
    readers: 'whoever may read traces',
  },
]

/**
 * Labels that metrics may have: words of ours, and names from the configuration. A test refuses a metric with another one. None has an address, a name
 * of a person, or an id of a conversation, contact, client or event.
 */
export const impersonalLabels: readonly string[] =
  'account cause check class code consumer cpu_mode direction error_code error_type group handler http_request_method http_response_status_code http_route kind lane messaging_consumer_group_name messaging_destination_name messaging_operation_name messaging_operation_type messaging_system mistake outcome partition provider reason result reused route rule source state status step tenant tool topic type v8js_gc_type verdict via way'.split(
    ' ',
  )

export const personalFiles: readonly NamedPlace[] = [
  {
    name: '{{CONSOLE_DATA_DIR}}, without `DATABASE_URL`',
    subject: 'as the tables above',
    content: 'as the tables above',
    purpose: 'the console’s embedded database',
    kept: 'as the tables above',
    readers: 'whoever may read the machine’s disk',
  },
  {
    name: 'data of Kafka, Redis and PostgreSQL: volumes, and `.local/data` of `npm start`',
    subject: 'as the topics, keys and tables above',
    content: 'as the topics, keys and tables above, in plain text',
    purpose: 'the stores themselves',
    kept: 'deleted data may lie on the disk until segments and pages are written anew; `.local/data` until `npm run reset`',
    readers: 'whoever may read the disks',
  },
  {
    name: '`.local/logs` of `npm start`',
    subject: 'as the log lines above',
    content: '',
    purpose: 'looking at services on one machine',
    kept: 'until the next `npm start`',
    readers: 'whoever may read the machine’s disk',
  },
  {
    name: 'backups of PostgreSQL ([operations/backup.md](operations/backup.md))',
    subject: 'users, approvals, audit: who of us did what',
    content: 'what was approved, reasons',
    purpose: 'what is nowhere else',
    kept: 'by your rules; an erasure is done again after a restore',
    readers: 'whoever may read backups',
  },
  {
    name: 'what people write with `millrace graph --out`, `millrace tail` and the console’s export',
    subject: 'what they asked for',
    content: 'what they asked for',
    purpose: 'theirs',
    kept: 'until they delete it',
    readers: 'they',
  },
]
