import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '@millrace/local'
import { type CustomResourceDefinition, customResourceDefinitions } from './kube-schemas.ts'
import { output } from './tools.ts'

interface ClusterOptions {
  readonly helm: string
  readonly chart: string
  readonly sets: readonly string[]
  readonly report: Report
}

const script = join(import.meta.dirname, '../kube-api.sh')

/**
 * Installs, upgrades and uninstalls each set of values in a real Kubernetes API server that has no kubelet: it takes, validates and stores objects as any cluster does,
 * and nothing runs; so hooks, which would be waited for, are left out.
 */
export async function installAll({ helm, chart, sets, report }: ClusterOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kube-'))
  report.note('starting a Kubernetes API server (built once, about four minutes)')
  const kubeconfig = execFileSync(script, ['start', directory], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
  try {
    const crds = await output(helm, [
      'install',
      'crds',
      crdChart(directory, await customResourceDefinitions()),
      '--kubeconfig',
      kubeconfig,
    ])
    if (crds.code !== 0) report.note(crds.errors.slice(0, 1_000))
    report.figure('custom resource definitions of KEDA, Prometheus and the Gateway API', crds.code, { exactly: 0 })
    for (const set of sets) {
      const common = ['--kubeconfig', kubeconfig, '--namespace', set, '--no-hooks']
      const values = ['-f', join(chart, 'ci', `${set}.yaml`)]
      const steps: readonly (readonly [string, readonly string[]])[] = [
        ['install', ['install', 'millrace', chart, '--create-namespace', ...values]],
        ['upgrade', ['upgrade', 'millrace', chart, ...values, '--set', 'services.dedup.replicas=3']],
        ['uninstall', ['uninstall', 'millrace']],
      ]
      for (const [name, step] of steps) {
        const { code, text, errors } = await output(helm, [...step, ...common])
        if (code !== 0) report.note(`${text}${errors}`.slice(0, 1_000))
        report.figure(`${set}: helm ${name}`, code, { exactly: 0 })
      }
    }
  } finally {
    execFileSync(script, ['stop', directory])
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Helm installs what lies in a chart's `crds` and waits until it counts. */
function crdChart(directory: string, definitions: readonly CustomResourceDefinition[]): string {
  const folder = join(directory, 'crds')
  mkdirSync(join(folder, 'crds'), { recursive: true })
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: crds\nversion: 1.0.0\n')
  for (const definition of definitions)
    writeFileSync(join(folder, 'crds', `${definition.metadata.name}.yaml`), JSON.stringify(definition))
  return folder
}
