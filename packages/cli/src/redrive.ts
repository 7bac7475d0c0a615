import { randomUUID } from 'node:crypto'
import type { RedrivePlan as AnsweredPlan, RedriveRequestInput as RedriveRequest } from '@millrace/console-client'
import { findDeadPlace, planRedrive } from '@millrace/operations'
import { command, type Terminal } from './command.ts'
import { asked, consoleOf } from './console.ts'
import { findTopic } from './find-topic.ts'
import { readRate } from './read-rate.ts'
import { readTime } from './read-time.ts'
import { jobExit, jobLine, watchJob } from './watch-job.ts'
import { withKafka } from './with-kafka.ts'

const NAME = 'redrive'

/** `redrive`: dead letters of one topic back to the group that gave them up. */
export const redrive = command({
  name: NAME,
  takes: ['TOPIC', 'GROUP'],
  summary: 'Put dead letters of a topic back to the group that gave them up, each once.',
  details: [
    'TOPIC is a name or its key in the registry (received, events ...), GROUP the consumer group. No other group sees them again. Those that nobody can',
    'read, or that have no way back, are counted and stay. One that was put back is not taken again, unless it dies anew. Deliveries have a',
    'command of their own, millrace deliveries redrive. With MILLRACE_CONSOLE_URL the console does it, and Ctrl-C ends the watching alone.',
    '',
    'millrace redrive received dedup --dry-run',
    'millrace redrive events knowledge-extract --since 6h --code MR_KAFKA_HANDLER_BUG',
  ].join('\n'),
  options: {
    code: { type: 'string', value: 'CODE', doc: 'Only those that died of this code.' },
    event: { type: 'string', value: 'ID', doc: 'Only those of this event.' },
    position: {
      type: 'list',
      value: 'POSITION',
      doc: 'Only this one (topic-partition-offset); several times for several.',
    },
    since: {
      type: 'string',
      value: 'TIME',
      doc: 'Only those given up since: 30m, 6h, 3d ago, or a time with its zone.',
    },
    until: { type: 'string', value: 'TIME', doc: 'Only those given up before, in the same forms; default: now.' },
    rate: { type: 'string', value: 'N', doc: 'At most N a second, up to 1,000; default 20.' },
    reason: { type: 'string', value: 'TEXT', doc: 'Why, for the audit and for whoever has to approve it.' },
    'dry-run': { type: 'boolean', doc: 'Count only; nothing is written.' },
    tenant: { type: 'string', value: 'NAME', doc: 'Of this tenant; default: default.' },
    json: { type: 'boolean', doc: 'The result as one JSON object.' },
  },
  async run({ args: [topic = '', group = ''], options }, terminal) {
    const { code, event, position, since, until, rate, reason = '', 'dry-run': isDry = false } = options
    const now = Date.now()
    const request: RedriveRequest = {
      topic: findTopic(topic).topic.name,
      group,
      selection: {
        ...(position === undefined ? {} : { positions: [...position] }),
        ...(code === undefined ? {} : { code }),
        ...(event === undefined ? {} : { event_id: event }),
        ...(since === undefined ? {} : { since: readTime(since, now, '--since', NAME) }),
        until: until === undefined ? now : readTime(until, now, '--until', NAME),
      },
      rate: readRate(rate, 20, NAME),
      reason,
      dry_run: isDry,
    }
    const asking = { tenant: options.tenant ?? 'default', request, isJson: options.json === true }
    const client = consoleOf()
    return client === undefined ? await redriveHere(asking, terminal) : await askConsole(client, asking, terminal)
  },
})

interface Asking {
  readonly tenant: string
  readonly request: RedriveRequest
  readonly isJson: boolean
}

async function askConsole(
  client: NonNullable<ReturnType<typeof consoleOf>>,
  { tenant, request, isJson }: Asking,
  terminal: Terminal,
): Promise<number> {
  const path = { tenant }
  const answer = await asked(client.POST('/api/v1/tenants/{tenant}/redrives', { params: { path }, body: request }))
  if ('obstacles' in answer) {
    tell(answer, isJson, terminal)
    return 0
  }
  const look = () =>
    asked(client.GET('/api/v1/tenants/{tenant}/redrives/{id}', { params: { path: { tenant, id: answer.redrive_id } } }))
  const ended = await watchJob(answer, look, terminal)
  terminal.line(isJson ? JSON.stringify(ended) : jobLine(ended.redrive_id, ended))
  return jobExit(ended)
}

/** Without a console the topics are written from here. */
function redriveHere({ tenant, request, isJson }: Asking, terminal: Terminal): Promise<number> {
  return withKafka(async ({ kafka }) => {
    const { signal } = terminal
    const { positions, code, event_id: eventId, since, until } = request.selection ?? {}
    const place = findDeadPlace(request.topic, request.group)
    const plan = await planRedrive(kafka, place, { tenant, positions, code, eventId, since, until }, signal)
    const { rate = 20 } = request
    if (request.dry_run) {
      const list = (counts: ReadonlyMap<string, number>) => Array.from(counts, ([name, count]) => ({ name, count }))
      const [obstacles, codes] = [list(plan.obstacles), list(plan.codes)]
      const told: Told = {
        count: plan.count,
        obstacles: obstacles.map(({ name, count }) => ({ obstacle: name, count })),
        codes: codes.map(({ name, count }) => ({ code: name, count })),
        seconds: plan.seconds(rate),
      }
      tell(told, isJson, terminal)
      return 0
    }
    terminal.note('MILLRACE_CONSOLE_URL is not set: the topics are written from here, and no audit tells of it')
    const onProgress = (done: number) => terminal.progress?.(`${done} of ${plan.count}`)
    const done = await plan.run({ id: `rdr_${randomUUID()}`, requestedBy: 'cli', rate, signal, onProgress })
    terminal.progress?.('')
    terminal.line(isJson ? JSON.stringify({ total: plan.count, done }) : `${done} of ${plan.count} put back`)
    return done < plan.count ? 1 : 0
  })
}

type Told = Omit<AnsweredPlan, 'needs_approval'> & Partial<Pick<AnsweredPlan, 'needs_approval'>>

function tell(plan: Told, isJson: boolean, terminal: Terminal): void {
  if (isJson) {
    terminal.line(JSON.stringify(plan))
    return
  }
  const after = plan.needs_approval ? ', after approval' : ''
  terminal.line(`would put back ${plan.count}, in ${plan.seconds} s at least${after}`)
  for (const { code, count } of plan.codes) terminal.line(`${count} that died of ${code}`)
  for (const { obstacle, count } of plan.obstacles) terminal.line(`${count} stay: ${obstacle}`)
}
