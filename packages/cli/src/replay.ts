import type { ConsoleClient, ReplayRequestInput as ReplayRequest } from '@millrace/console-client'
import { type Topic, topics } from '@millrace/schemas'
import { command, usage } from './command.ts'
import { asked, requireConsole } from './console.ts'
import { readRate } from './read-rate.ts'
import { readTime } from './read-time.ts'
import { type JobView, jobExit, jobLine, watchJob } from './watch-job.ts'

const NAME = 'replay'
const groups: readonly string[] = (topics.replays as Topic<unknown>).groups
const tenantOption = { type: 'string', value: 'NAME', doc: 'Of this tenant; default: default.' } as const
const jsonOption = { type: 'boolean', doc: 'One JSON object.' } as const

/** `replay`: events once more, for one target. */
export const replay = command({
  name: NAME,
  takes: ['[EVENT]...'],
  summary: 'Have events handled once more by one target, such as an endpoint; others see nothing of it.',
  details: [
    `TARGET is a consumer group (${groups.join(', ')}) or the id of an endpoint.`,
    'Events are chosen by id, by filters, or by time; all that is given has to fit. A replay gives way to live work, and more than 1,000 events need a',
    'second person. Ctrl-C ends the watching, not the replay: millrace replay cancel ID does that.',
    '',
    'millrace replay evt_1 --to ep_1',
    'millrace replay --since 2h --type "message.*" --to knowledge-extract --dry-run',
  ].join('\n'),
  options: {
    to: { type: 'string', value: 'TARGET', doc: 'Who handles them. Needed.' },
    since: { type: 'string', value: 'TIME', doc: 'Received since: 30m, 6h, 3d ago, or a time with its zone.' },
    until: { type: 'string', value: 'TIME', doc: 'Received before, in the same forms; default: now.' },
    conversation: { type: 'string', value: 'ID', doc: 'Only events of this conversation.' },
    client: { type: 'string', value: 'ID', doc: 'Only events about this client.' },
    type: { type: 'string', value: 'TYPE', doc: 'Only events of this type; prefix.* is taken, several by commas.' },
    status: { type: 'string', value: 'STATUS', doc: 'Only events that are pending, processed or failed.' },
    source: { type: 'string', value: 'NAME', doc: 'Only events of this source.' },
    'new-ids': {
      type: 'boolean',
      doc: 'Deliveries get a new webhook-id, so that receivers take them; default: the old one, by which they drop repeats.',
    },
    rate: { type: 'string', value: 'N', doc: 'At most N a second, up to 1,000; default 50.' },
    reason: { type: 'string', value: 'TEXT', doc: 'Why, for the audit and for whoever has to approve it.' },
    'dry-run': { type: 'boolean', doc: 'Count only; nothing is written.' },
    tenant: tenantOption,
    json: jsonOption,
  },
  async run({ args, options }, terminal) {
    const body = requestOf(args, options)
    const client = requireConsole('a replay')
    const path = { tenant: options.tenant ?? 'default' }
    const answer = await asked(client.POST('/api/v1/tenants/{tenant}/replays', { params: { path }, body }))
    if ('needs_approval' in answer) {
      const { count, unfit, unavailable, seconds, needs_approval } = answer
      if (options.json) terminal.line(JSON.stringify(answer))
      else
        terminal.line(
          `would replay ${count}, in ${seconds} s at least${needs_approval ? ', after approval' : ''}; ${unfit} are not for ${options.to}, ${unavailable} are kept no longer`,
        )
      return 0
    }
    const ids = { ...path, id: answer.replay_id }
    if (!options.json) terminal.note(`replay ${answer.replay_id} of ${answer.total} to ${options.to}`)
    const look = () => asked(client.GET('/api/v1/tenants/{tenant}/replays/{id}', { params: { path: ids } }))
    const ended = await watchJob(answer, look, terminal)
    terminal.line(options.json ? JSON.stringify(ended) : jobLine(ended.replay_id, ended))
    return jobExit(ended)
  },
})

/** `replay show`: how far a replay is. */
export const showReplay = oneReplay(
  { name: 'replay show', summary: 'Show how far a replay is.' },
  async (client, path) => await asked(client.GET('/api/v1/tenants/{tenant}/replays/{id}', { params: { path } })),
)

/** `replay cancel`: a replay stops where it is. */
export const cancelReplay = oneReplay(
  { name: 'replay cancel', summary: 'Stop a replay; what it has written stays written.' },
  async (client, path) =>
    await asked(client.POST('/api/v1/tenants/{tenant}/replays/{id}/cancel', { params: { path } })),
)

/** A command about one replay, which shows how it is then. */
function oneReplay(
  words: { readonly name: string; readonly summary: string },
  ask: (client: ConsoleClient, path: { tenant: string; id: string }) => Promise<JobView>,
) {
  return command({
    ...words,
    takes: ['ID'],
    options: { tenant: tenantOption, json: jsonOption },
    async run({ args: [id = ''], options }, terminal) {
      const found = await ask(requireConsole('a replay'), { tenant: options.tenant ?? 'default', id })
      terminal.line(options.json ? JSON.stringify(found) : jobLine(id, found))
      return 0
    },
  })
}

interface Given {
  readonly to?: string
  readonly since?: string
  readonly until?: string
  readonly conversation?: string
  readonly client?: string
  readonly type?: string
  readonly status?: string
  readonly source?: string
  readonly 'new-ids'?: boolean
  readonly rate?: string
  readonly reason?: string
  readonly 'dry-run'?: boolean
}

function requestOf(events: readonly string[], options: Given): ReplayRequest {
  const {
    to,
    since,
    until,
    status,
    rate,
    reason = '',
    'new-ids': hasNewIds = false,
    'dry-run': isDry = false,
  } = options
  if (to === undefined) throw usage('--to says who handles them', NAME)
  const now = Date.now()
  const selection: ReplayRequest['selection'] = {
    ...(events.length === 0 ? {} : { event_ids: [...events] }),
    ...textsOf(options),
    ...(status === undefined ? {} : { status: statusOf(status) }),
    ...(since === undefined ? {} : { since: readTime(since, now, '--since', NAME) }),
    ...(until === undefined ? {} : { until: readTime(until, now, '--until', NAME) }),
  }
  if (Object.keys(selection).length === 0)
    throw usage('give event ids, or choose by --since, --conversation, --type', NAME)
  return {
    target: { kind: groups.includes(to) ? 'group' : 'endpoint', name: to },
    selection,
    keeps_ids: !hasNewIds,
    rate: readRate(rate, 50, NAME),
    reason,
    dry_run: isDry,
  }
}

function textsOf({ conversation, client, type, source }: Given) {
  const texts = { conversation, client, type, source }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
}

function statusOf(text: string): 'pending' | 'processed' | 'failed' {
  if (text === 'pending' || text === 'processed' || text === 'failed') return text
  throw usage(`--status is pending, processed or failed, not "${text}"`, NAME)
}
