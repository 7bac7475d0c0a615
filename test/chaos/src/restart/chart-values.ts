import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DeployedServiceName } from '@millrace/test-support'
import { parse } from 'yaml'

/** What the chart's values say of a service. */
export interface ChartService {
  readonly replicas: number
  /** Seconds after SIGTERM until Kubernetes kills. */
  readonly terminationGracePeriodSeconds: number
  readonly env?: Readonly<Record<string, string>>
}

const file = join(resolve(import.meta.dirname, '../../../..'), 'deploy/helm/millrace/values.yaml')

/** The services of the chart by name. */
export function readChartServices(): Readonly<Record<DeployedServiceName, ChartService>> {
  const { services } = parse(readFileSync(file, 'utf8')) as { services: Record<DeployedServiceName, ChartService> }
  return services
}
