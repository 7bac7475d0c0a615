import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { judged, root, type Target } from '@millrace/local'
import type { Measurement } from './measure.ts'

export interface Section {
  readonly title: string
  readonly note: string
  readonly rows: readonly Measurement[]
}

export interface Verdict extends Target {
  readonly name: string
  readonly value: number | string
}

const directory = join(root, 'test/bench/results')

/** Where and with what it was measured. */
export function describeMachine(stack: string): Readonly<Record<string, string | number>> {
  const version = (name: string) =>
    JSON.parse(readFileSync(join(root, 'test/bench/node_modules', name, 'package.json'), 'utf8')).version as string
  const [cpu] = cpus()
  return {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    load_before: Number((loadavg()[0] ?? 0).toFixed(2)),
    system: `${type()} ${release()}`,
    node: process.version,
    fastify: version('fastify'),
    kafkajs: version('kafkajs'),
    stack,
  }
}

/** Writes `test/bench/results/<name>.json` and `.md`. */
export function writeResults(
  name: string,
  machine: ReturnType<typeof describeMachine>,
  verdicts: readonly Verdict[],
  parts: readonly (readonly [string, number])[],
  sections: readonly Section[],
): void {
  mkdirSync(directory, { recursive: true })
  writeFileSync(
    join(directory, `${name}.json`),
    `${JSON.stringify({ machine, verdicts, parts: Object.fromEntries(parts), sections }, null, 1)}\n`,
  )
  const tables = sections.map(({ title, note, rows }) => `## ${title}\n\n${note}\n\n${tableOf(rows)}\n`)
  const figures = verdicts
    .map((verdict) => `| ${[verdict.name, verdict.value, ...judged(verdict)].join(' | ')} |`)
    .join('\n')
  const shares = parts.map(([part, share]) => `| ${part} | ${share.toFixed(1)} |`).join('\n')
  const facts = Object.entries(machine).map(([fact, value]) => `${fact.replaceAll('_', ' ')}: ${value}`)
  writeFileSync(
    join(directory, `${name}.md`),
    `# npm run bench -- ${name}\n\nWritten by the run itself. ${facts.join('; ')}.\n\n| figure | value | target | met |\n|---|---|---|---|\n${figures}\n\n${tables.join('\n')}\n## Where the time goes\n\nShares of the busy time of the gateway’s thread at saturation, in percent.\n\n| part | % |\n|---|---|\n${shares}\n`,
  )
}

function tableOf(rows: readonly Measurement[]): string {
  const head =
    '| server | offered /s | answered /s | p50 ms | p99 ms | p99.9 ms | CPU ms a request | cores | not 2xx | RSS MB first → last |\n|---|---|---|---|---|---|---|---|---|---|'
  return [head, ...rows.map(rowOf)].join('\n')
}

function rowOf(row: Measurement): string {
  const cells = [
    row.server,
    row.offered ?? 'saturation',
    row.perSecond,
    row.p50,
    row.p99,
    row.p999,
    row.cpuMs,
    row.cores,
    row.failed,
    `${row.rss[0] ?? '–'} → ${row.rss.at(-1) ?? '–'}`,
  ]
  return `| ${cells.join(' | ')} |`
}
