import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort, removeAtEnd, spawnGuarded } from '@millrace/local'
import { waitFor } from './wait-for.ts'

export interface PrometheusTarget {
  /** The service's name, as the chart's ServiceMonitor makes it the label `job`. */
  readonly job: string
  /** Base of its admin server, such as `http://127.0.0.1:9080`; `/metrics` is asked for. */
  readonly url: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface PrometheusOptions {
  readonly targets: readonly PrometheusTarget[]
  /** Rule files in Prometheus's own format. */
  readonly rules?: readonly string[]
  /** In Prometheus's words: `1s`, `15s`. Default `1s`. */
  readonly scrapeInterval?: string
  /** Default: the scrape interval. */
  readonly evaluationInterval?: string
  /** File with samples of times gone by, in OpenMetrics text with timestamps. */
  readonly history?: string
}

export type PromLabels = Readonly<Record<string, string>>

export interface PromSample {
  readonly labels: PromLabels
  readonly value: number
  /** Epoch seconds. */
  readonly at: number
}

export interface PromSeries {
  readonly labels: PromLabels
  /** Epoch seconds and value. */
  readonly points: readonly (readonly [number, number])[]
}

export interface PromAlert {
  readonly name: string
  readonly state: 'pending' | 'firing'
  /** With `alertname` and `severity`. */
  readonly labels: PromLabels
  readonly annotations: PromLabels
  /** ISO 8601. */
  readonly activeAt: string
}

export interface PromRule {
  readonly group: string
  readonly name: string
  readonly type: 'alerting' | 'recording'
  readonly query: string
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError?: string
}

/** Epoch seconds, and the step in seconds. */
export interface PromRange {
  readonly start: number
  readonly end: number
  readonly step: number
}

/** A Prometheus of its own on 127.0.0.1. It dies with this process, however this one ends, and its data with it. */
export interface PrometheusServer {
  readonly url: string
  /** An instant query; a scalar is one sample without labels. @throws Error with what Prometheus said about the expression */
  query(expr: string, at?: number): Promise<readonly PromSample[]>
  queryRange(expr: string, range: PromRange): Promise<readonly PromSeries[]>
  /** Label sets of all series of the last hour that match a selector. */
  series(selector: string): Promise<readonly PromLabels[]>
  alerts(): Promise<readonly PromAlert[]>
  rules(): Promise<readonly PromRule[]>
  /** Resolves when each target was scraped without an error. */
  scraped(deadlineMs?: number): Promise<void>
  /** Reads the rule files again. @throws Error with what it says about them */
  reload(): Promise<void>
  stop(): Promise<void>
}

const START_DEADLINE_MS = 30_000
const ANSWER_DEADLINE_MS = 120_000
const HOW_TO_GET =
  "Install Debian's or Ubuntu's package `prometheus` (apt-get install prometheus), or name another binary by"

/**
 * Starts Prometheus (`MILLRACE_PROMETHEUS`, else `prometheus` on the PATH) over admin ports, with rule files.
 * @throws Error with how to get it when there is none; with the end of its log when it does not start, as with a wrong rule
 */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const binary = binaryOf('prometheus', 'MILLRACE_PROMETHEUS')
  const directory = mkdtempSync(join(tmpdir(), 'millrace-prometheus-'))
  removeAtEnd(directory)
  const config = join(directory, 'prometheus.yml')
  writeFileSync(config, JSON.stringify(configOf(options)))
  if (options.history !== undefined)
    execFileSync(
      binaryOf('promtool', 'MILLRACE_PROMTOOL'),
      ['tsdb', 'create-blocks-from', 'openmetrics', options.history, join(directory, 'data')],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, '--web.enable-lifecycle']
  args.push(`--storage.tsdb.path=${join(directory, 'data')}`, '--enable-feature=exemplar-storage', '--log.level=warn')
  const child = spawnGuarded(binary, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr?.on('data', (chunk) => {
    log = (log + chunk).slice(-4_000)
  })
  let hasEnded = false
  child.once('exit', () => {
    hasEnded = true
  })
  const ready = async () => hasEnded || (await fetch(`${url}/-/ready`)).ok
  await waitFor(ready, { what: 'Prometheus to be ready', deadlineMs: START_DEADLINE_MS }).catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${error.message}\n${log}`)
  })
  if (hasEnded) throw new Error(`Prometheus ended before it was ready:\n${log}`)
  return {
    ...askedAt(url, options.targets.length),
    reload: async () => {
      const response = await fetch(`${url}/-/reload`, {
        method: 'POST',
        signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
      })
      if (!response.ok) throw new Error(`Prometheus did not reload: ${await response.text()}\n${log}`)
    },
    stop: async () => {
      if (!hasEnded) {
        const exit = once(child, 'exit')
        child.kill('SIGTERM')
        await exit
      }
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Path of a binary: the variable's, else the one on the PATH. @throws Error with how to get it */
export function binaryOf(name: 'prometheus' | 'promtool', variable: string): string {
  const binary = process.env[variable] ?? name
  try {
    execFileSync(binary, ['--version'], { stdio: 'ignore' })
    return binary
  } catch {
    throw new Error(`${binary} does not run. ${HOW_TO_GET} ${variable}.`)
  }
}

function configOf({
  targets,
  rules = [],
  scrapeInterval = '1s',
  evaluationInterval = scrapeInterval,
}: PrometheusOptions) {
  return {
    global: {
      scrape_interval: scrapeInterval,
      scrape_timeout: scrapeInterval,
      evaluation_interval: evaluationInterval,
    },
    rule_files: rules.map((file) => resolve(file)),
    scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
      job_name: job,
      static_configs: targets
        .filter((target) => target.job === job)
        .map(({ url, labels = {} }) => ({ targets: [new URL(url).host], labels })),
    })),
  }
}

type Asked = Omit<PrometheusServer, 'reload' | 'stop'>

function askedAt(url: string, targetCount: number): Asked {
  const ask = async <T>(path: string, parameters: Readonly<Record<string, string | number>> = {}): Promise<T> => {
    const form = new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const query = form.size === 0 ? '' : `?${form}`
    const response = await fetch(`${url}/api/v1/${path}${query}`, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) })
    const answer = (await response.json()) as { status: string; error?: string; data: T }
    if (answer.status !== 'success') throw new Error(`Prometheus: ${answer.error} (${JSON.stringify(parameters)})`)
    return answer.data
  }
  return {
    url,
    query: async (expr, at) => {
      const { resultType, result } = await ask<VectorAnswer>('query', { query: expr, ...(at ? { time: at } : {}) })
      if (resultType === 'scalar') return [{ labels: {}, at: result[0], value: Number(result[1]) }]
      return result.map(({ metric, value: [at, value] }) => ({ labels: metric, at, value: Number(value) }))
    },
    queryRange: async (expr, range) => {
      const { result } = await ask<MatrixAnswer>('query_range', { query: expr, ...range })
      return result.map(({ metric, values }) => ({
        labels: metric,
        points: values.map(([at, value]) => [at, Number(value)] as const),
      }))
    },
    series: (selector) => ask('series', { 'match[]': selector }),
    alerts: async () => {
      const { alerts } = await ask<{ alerts: Omit<PromAlert, 'name'>[] }>('alerts')
      return alerts.map((alert) => ({ ...alert, name: alert.labels.alertname ?? '' }))
    },
    rules: async () => {
      const { groups } = await ask<{ groups: { name: string; rules: Omit<PromRule, 'group'>[] }[] }>('rules')
      return groups.flatMap(({ name, rules }) => rules.map((rule) => ({ ...rule, group: name })))
    },
    scraped: async (deadlineMs = 30_000) => {
      const look = async () => {
        const { activeTargets } = await ask<{ activeTargets: Target[] }>('targets', { state: 'active' })
        const bad = activeTargets.find(({ health }) => health !== 'up')
        if (bad === undefined) return activeTargets.length === targetCount
        throw new Error(`${bad.scrapeUrl} is ${bad.health}: ${bad.lastError}`)
      }
      await waitFor(look, { what: 'Prometheus to scrape every target', deadlineMs, everyMs: 200 })
    },
  }
}

type VectorAnswer =
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
  | {
      readonly resultType: 'vector'
      readonly result: readonly { readonly metric: PromLabels; readonly value: readonly [number, string] }[]
    }

interface MatrixAnswer {
  readonly result: readonly { readonly metric: PromLabels; readonly values: readonly (readonly [number, string])[] }[]
}

interface Target {
  readonly scrapeUrl: string
  readonly health: 'up' | 'down' | 'unknown'
  readonly lastError: string
}
