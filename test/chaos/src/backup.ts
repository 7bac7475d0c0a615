// Backs the console's database up, loses it and gets it back, by the commands of docs/operations/backup.md: users, tokens, approvals and jobs as they were, the rest built again from the topics. Ledger tables are left out of the copy.
import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startWholeSystem } from '@millrace/bench/whole-system'
import { root, startReport } from '@millrace/local'
import { generateEvents, postInOrder, type ServiceProcess, startPostgres, waitFor } from '@millrace/test-support'

const EVENTS = Number(process.env.CHAOS_EVENTS ?? 100)
const SETTLE_MS = 180_000
const run = promisify(execFile)
const sh = (command: string, env: Readonly<Record<string, string>>) =>
  run('bash', ['-euo', 'pipefail', '-c', command], { env: { ...process.env, ...env } })
/** The commands that people are told, so that a mistake in them is seen here. */
const page = readFileSync(join(root, 'docs/operations/backup.md'), 'utf8')
const commandOf = (mark: string) =>
  new RegExp(`# ${mark}\\n([\\s\\S]*?)\\n(?:\\n|\`\`\`)`).exec(page)?.[1] ?? `false # no command is marked ${mark}`

const report = startReport('chaos backup')
const whole = await startWholeSystem(report, {
  only: ['gateway', 'dedup'],
  hasConsole: true,
  readyWithinMs: SETTLE_MS,
})
const { system } = whole
const postgres = await startPostgres()
let console_: ServiceProcess | undefined
try {
  const first = await postgres.createDatabase()
  console_ = await startConsole(first)
  const { events, expected } = generateEvents({ count: EVENTS, conversations: 20, duplicateRatio: 0, seed: 1 })
  const onProgress = ({ acknowledged }: { acknowledged: number }) => report.progress(`${acknowledged} webhooks`)
  await postInOrder({
    url: `${system.gatewayUrl}/api/webhooks/front`,
    secret: system.webhookSecret,
    rate: 25,
    posts: events,
    onProgress,
  })
  const wanted = [...expected.values()].flat().length
  await waitFor(async () => (await eventsSeen()) >= wanted, {
    what: 'the ledger to know them',
    deadlineMs: SETTLE_MS,
    everyMs: 1_000,
  })
  await system.millrace('users', 'add', 'ada', '--role', 'default:operator')
  await system.millrace('tokens', 'add', 'practice', '--role', 'default:viewer')
  await keepWhatIsOver(first)
  await waitFor(
    async () => (await ask(first, 'select count(*) from audit_entries where topic_offset is null')) === '0',
    { what: 'the audit to be in its topic', deadlineMs: SETTLE_MS, everyMs: 500 },
  )
  const owned = await ownedBy(first)
  report.figure('tables with rows, of those that are nowhere else', owned.filter(hasRows).length, {
    exactly: owned.length,
  })

  report.note('backing up')
  const copy = join(report.dir, 'console.dump')
  await sh(commandOf('back up'), { DATABASE_URL: first, COPY: copy })
  report.figure('copy, KB', Math.ceil(statSync(copy).size / 1024))
  await console_.stop()
  report.note('losing everything, and getting it back')
  await postgres.wipe()
  const second = await postgres.createDatabase()
  const began = Date.now()
  await sh(commandOf('restore'), { DATABASE_URL: second, COPY: copy })
  console_ = await startConsole(second)
  report.figure(
    'users, roles, tokens, approvals, jobs and audit are as before',
    Number(JSON.stringify(await ownedBy(second)) === JSON.stringify(owned)),
    { exactly: 1 },
  )
  await waitFor(async () => (await eventsSeen()) >= wanted, {
    what: 'the ledger to be built again',
    deadlineMs: SETTLE_MS,
    everyMs: 1_000,
  })
  report.figure('events in the ledger before and after', `${wanted} and ${await eventsSeen()}`, {
    exactly: `${wanted} and ${wanted}`,
  })
  report.figure('seconds from an empty database', Math.round((Date.now() - began) / 1_000))
  const audit = await system.millrace('audit', 'verify')
  report.note(audit.trim().split('\n').at(-1) ?? '')
} finally {
  await console_?.stop()
  await postgres.stop()
  await whole.stop()
}
await report.finish()

/** Comes up by `--migrate` first, as the chart's hook does it. */
async function startConsole(databaseUrl: string): Promise<ServiceProcess> {
  const node = join(root, 'node_modules/node/bin/node')
  const { stdout } = await run(node, [join(root, 'services/console/src/main.ts'), '--migrate'], {
    env: { ...process.env, MILLRACE_ENV_FILE: '', DATABASE_URL: databaseUrl },
  })
  report.note(stdout.trim())
  return system.startConsole(databaseUrl)
}

async function eventsSeen(): Promise<number> {
  const seen = new Set<string>()
  let cursor = ''
  do {
    const answer = await fetch(`${system.consoleUrl}/api/v1/tenants/default/events?limit=100${cursor}`, {
      headers: { authorization: `Bearer ${system.consoleToken}` },
    })
    const { items = [], next_cursor: next = null } = (await answer.json()) as {
      items?: { event_id: string }[]
      next_cursor?: string | null
    }
    for (const { event_id } of items) seen.add(event_id)
    cursor = next === null ? '' : `&cursor=${encodeURIComponent(next)}`
  } while (cursor !== '')
  return seen.size
}

/** An approval and a replay that have come to their end, as the console leaves them: what is under way would go on, and differ. */
async function keepWhatIsOver(databaseUrl: string): Promise<void> {
  const now = Date.now()
  await ask(
    databaseUrl,
    `insert into approvals (id, tenant, kind, subject, reason, params_json, params_sha256, status, requested_persons, requested_by,
      requested_name, requested_kind, requested_at, expires_at)
      values ('apr_kept', 'default', 'replay', 'rpl_kept', 'practice', '{}', '', 'done', '{ada}', 'ada', 'ada', 'user', ${now}, ${now})`,
  )
  await ask(
    databaseUrl,
    `insert into replay_jobs (id, tenant, kind, state, request, rate, reason, requested_by, requested_by_name, approval_id, created_at, ended_at)
      values ('rpl_kept', 'default', 'replay', 'done', '{}', 50, 'practice', 'ada', 'ada', 'apr_kept', ${now}, ${now})`,
  )
}

/** What is nowhere else, as text: each table's name, number of rows and hash. */
async function ownedBy(databaseUrl: string): Promise<string[]> {
  const tables = ['users', 'user_roles', 'tokens', 'token_roles', 'approvals', 'replay_jobs', 'audit_entries']
  const state = "count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')"
  return Promise.all(
    tables.map(async (table) => `${table} ${await ask(databaseUrl, `select ${state} from ${table} t`)}`),
  )
}

function hasRows(table: string): boolean {
  return !/^\w+ 0 /.test(table)
}

async function ask(databaseUrl: string, statement: string): Promise<string> {
  const { stdout } = await run('psql', [databaseUrl, '-v', 'ON_ERROR_STOP=1', '-Atc', statement])
  return stdout.trim()
}
