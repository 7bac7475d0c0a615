import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeployedServiceName, Deployment, Replica } from '@millrace/test-support'
import type { ChartService } from './chart-values.ts'

/** One replica that was replaced; times in milliseconds. */
export interface Replaced {
  readonly service: DeployedServiceName
  /** From the start of the new one until it was ready. */
  readonly readyMs: number
  /** From SIGTERM to the end of the old one. */
  readonly drainMs: number
  /** Seconds after which Kubernetes would have killed it. */
  readonly graceSeconds: number
  /** Exit code or signal of the old one. */
  readonly ended: number | NodeJS.Signals | null
}

/** Writes what each has logged to a file of its own. */
export function keepLogs(directory: string, service: DeployedServiceName, replicas: readonly Replica[]): void {
  mkdirSync(directory, { recursive: true })
  for (const { service: process } of replicas) {
    const port = new URL(process.adminUrl).port
    writeFileSync(join(directory, `${service}-${port}.log`), `${process.log.join('\n')}\n`)
  }
}

/** As the chart's `maxSurge: 1, maxUnavailable: 0`: for each replica a new one is started and ready before the old one gets its SIGTERM. */
export async function rollOut(
  deployment: Deployment,
  service: DeployedServiceName,
  { terminationGracePeriodSeconds: graceSeconds }: ChartService,
): Promise<readonly Replaced[]> {
  const replaced: Replaced[] = []
  for (const old of [...deployment.replicas(service)]) {
    const began = performance.now()
    await deployment.add(service)
    const ready = performance.now()
    await deployment.remove(service, old, graceSeconds * 1_000)
    const drainMs = performance.now() - ready
    replaced.push({ service, readyMs: ready - began, drainMs, graceSeconds, ended: old.service.ended })
  }
  return replaced
}
