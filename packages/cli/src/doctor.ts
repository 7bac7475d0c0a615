import { command } from './command.ts'
import { checkEncryption } from './doctor/encryption.ts'
import type { Finding } from './doctor/finding.ts'
import { checkFront } from './doctor/front.ts'
import { checkKafka, checkSchemas } from './doctor/kafka.ts'
import { checkGateway, checkServices } from './doctor/reach.ts'
import { checkPostgres, checkRedis } from './doctor/stores.ts'
import { checkTenantDays } from './doctor/tenant-days.ts'
import { readCliSettings } from './settings.ts'

const words = { ok: 'ok     ', warning: 'warning', failure: 'FAILURE', skipped: '-      ' } as const

/** `doctor`: looks at a deployment from end to end. */
export const doctor = command({
  name: 'doctor',
  takes: [],
  summary: 'Check a deployment end to end, with a fix for each finding.',
  details: [
    'Kafka and its topics, schemas, Redis, Postgres, clocks, TLS in production, what Front lets each account’s token read (three calls), the gateway at',
    'WEBHOOK_BASE_URL, and the services that CONSOLE_SERVICES names. It changes nothing. The exit code is 1 when something fails.',
  ].join('\n'),
  options: {
    details: { type: 'boolean', doc: 'All of what a line tells only the first of, such as each topic that differs.' },
    json: { type: 'boolean', doc: 'One JSON object a line: part, state, text, fix, details.' },
  },
  async run({ options }, terminal) {
    const settings = readCliSettings()
    const { signal } = terminal
    const looks: (() => Promise<Finding | readonly Finding[]>)[] = [
      () => checkKafka(settings),
      () => checkSchemas(settings),
      () => checkRedis(settings),
      () => checkPostgres(settings),
      async () => checkEncryption(settings),
      () => checkTenantDays(settings),
      () => checkServices(settings, signal),
      () => checkGateway(settings, signal),
      () => checkFront(settings),
    ]
    const findings: Finding[] = []
    for (const look of looks) {
      for (const finding of [await look()].flat()) {
        findings.push(finding)
        terminal.line(options.json ? JSON.stringify(finding) : lineOf(finding, options.details === true))
      }
    }
    const count = (state: Finding['state']) => findings.filter((one) => one.state === state).length
    if (!options.json)
      terminal.line(`${findings.length} checks, ${count('failure')} failed, ${count('warning')} to be looked at`)
    return count('failure') > 0 ? 1 : 0
  },
})

function lineOf({ part, state, text, fix, details = [] }: Finding, hasDetails: boolean): string {
  const shown = hasDetails ? details : []
  return [
    `${words[state]}  ${part}: ${text}`,
    ...(fix === undefined ? [] : [`→ ${fix}`]),
    ...shown.map((one) => `· ${one}`),
  ].join('\n           ')
}
