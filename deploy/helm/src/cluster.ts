import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, type Report } from '@millrace/local'
import { parseAllDocuments } from 'yaml'
import { debianTool } from './debian-tools.ts'
import { at } from './facts.ts'
import { type ApiObject, type KubeApi, kubeApi } from './kube.ts'
import { customResourceDefinitions } from './kube-schemas.ts'
import { admitted, isRestricted, restrictedNamespace } from './pod-security.ts'
import { type StandIn, startStandIn } from './stand-in.ts'
import { openToolbox } from './toolbox.ts'
import { output } from './tools.ts'

interface ClusterOptions {
  readonly helm: string
  readonly chart: string
  readonly sets: readonly string[]
  readonly report: Report
}

const script = join(import.meta.dirname, '../kube-api.sh')
const RELEASE = 'millrace'
const ESTABLISHED_WITHIN_MS = 60_000
/** For hooks, and for what is waited for at a removal. */
const patience = ['--timeout', '60s']

/**
 * Installs, tests, upgrades, rolls back and uninstalls each set of values in a real Kubernetes API server with the CRDs of KEDA, the Prometheus operator and the Gateway
 * API. It has no nodes: it takes, validates, stores and deletes objects as any cluster does, and a stand-in says how hooks end.
 */
export async function installAll({ helm, chart, sets, report }: ClusterOptions): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kube-'))
  const stop = () => {
    execFileSync(script, ['stop', directory])
    rmSync(directory, { recursive: true, force: true })
  }
  const interrupted = () => process.exit(130)
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  const { api, kubeconfig } = await startApi(directory, report)
  const standIn = startStandIn(api)
  try {
    await createCrds(api, report)
    for (const set of sets) {
      const began = performance.now()
      const run = (...args: readonly string[]) =>
        output(helm, [...args, '--kubeconfig', kubeconfig, '--namespace', set, ...(args[0] === 'get' ? [] : patience)])
      await walkThrough({ set, run, api, standIn, chart, report, values: join(chart, 'ci', `${set}.yaml`) })
      report.figure(`${set}: seconds in the cluster`, Math.round((performance.now() - began) / 100) / 10)
    }
  } finally {
    await standIn.close()
    process.off('exit', stop)
    stop()
  }
}

async function startApi(directory: string, report: Report): Promise<{ api: KubeApi; kubeconfig: string }> {
  report.note('starting a Kubernetes API server (built once, about four minutes)')
  const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()]
  const began = performance.now()
  const kubeconfig = execFileSync(script, ['start', directory], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ETCD: await debianTool('etcd', report.note),
      KUBE_PORT: String(port),
      ETCD_PORT: String(etcdPort),
      ETCD_PEER_PORT: String(peerPort),
    },
  }).trim()
  report.figure('API server: seconds to ready', Math.round((performance.now() - began) / 1_000))
  return { api: kubeApi(port), kubeconfig }
}

async function createCrds(api: KubeApi, report: Report): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const definitions = await customResourceDefinitions()
  const names = new Set<string>()
  for (const definition of definitions) {
    const { status, body } = await api.ask('POST', path, definition)
    if (status === 201) names.add(definition.metadata.name)
    else report.note(`${definition.metadata.name}: ${status} ${body.message}`)
  }
  report.figure('CRDs of KEDA, Prometheus and the Gateway API', names.size, { exactly: definitions.length })
  const deadline = Date.now() + ESTABLISHED_WITHIN_MS
  while (names.size > 0 && Date.now() < deadline) {
    for (const name of names) {
      const { body } = await api.ask('GET', `${path}/${name}`)
      const { conditions = [] } = body.status ?? {}
      if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) names.delete(name)
    }
    await pause(100)
  }
  report.figure('CRDs that do not count', names.size, { exactly: 0 })
}

interface Walk {
  readonly set: string
  readonly values: string
  readonly chart: string
  readonly api: KubeApi
  readonly standIn: StandIn
  readonly report: Report
  run(...args: readonly string[]): ReturnType<typeof output>
}

async function walkThrough(walk: Walk): Promise<void> {
  const { set, run, api, standIn, report, chart, values } = walk
  const figure = (name: string, value: number | string, exactly: number | string) =>
    report.figure(`${set}: ${name}`, value, { exactly })
  const step = async (name: string, ...args: readonly string[]) => {
    const { code, text, errors } = await run(...args)
    if (code !== 0) report.note(`${set}, ${name}: ${`${text}${errors}`.slice(0, 2_000)}`)
    figure(`helm ${name}`, code, 0)
  }
  const upgrade = (tag: string) => ['upgrade', RELEASE, chart, '-f', values, '--set', `image.tag=${tag}`]
  await api.ask('POST', '/api/v1/namespaces', restrictedNamespace(set))
  figure('the namespace refuses a privileged pod', Number(await isRestricted(api, set, report.note)), 1)

  // What the upgrades of the set before left.
  standIn.ended()
  await step('install', 'install', RELEASE, chart, '-f', values)
  const hooks = standIn.ended()
  const objects = await manifest(run)
  report.figure(`${set}: objects in the cluster`, objects.length, { atLeast: 30 })
  figure('objects that are not there after the installation', (await absent(walk, objects)).length, 0)
  figure(
    'hooks that ran',
    hooks.join(' '),
    set === 'minimal'
      ? 'millrace-topics'
      : set === 'production'
        ? 'millrace-topics millrace-schemas millrace-migrations'
        : 'millrace-topics millrace-migrations',
  )
  const pods = await hookTemplates(run)
  const refused = await admitted(api, set, [...objects, ...pods])
  for (const one of refused) report.note(`${set}: ${one}`)
  figure('pods that a restricted namespace refuses', refused.length, 0)

  figure('the toolbox opens in a restricted namespace', await openToolbox(api, set, report.note), 1)

  await step('test', 'test', RELEASE)
  figure('tests that ran', standIn.ended().join(' '), 'millrace-doctor')

  await step('upgrade', ...upgrade('0.1.1'))
  figure('image after the upgrade', await tagOf(walk), '0.1.1')
  standIn.failing(hooks.at(-1))
  const { code } = await run(...upgrade('0.1.2'))
  standIn.failing(undefined)
  figure(`upgrade whose hook ${hooks.at(-1)} fails is refused`, Number(code !== 0), 1)
  figure('image after the refused upgrade', await tagOf(walk), '0.1.1')
  await step('rollback', 'rollback', RELEASE, '1')
  figure('image after the rollback', await tagOf(walk), '0.1.0')

  await step('uninstall', 'uninstall', RELEASE)
  const left = objects.length - (await absent(walk, objects)).length
  const kept = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep')
  figure('objects that are left after the removal', left, kept.length)
}

async function manifest(run: Walk['run']): Promise<ApiObject[]> {
  return documents((await run('get', 'manifest', RELEASE)).text)
}

/** Jobs and the test's Pod, which are gone by the time that anybody looks. */
async function hookTemplates(run: Walk['run']): Promise<ApiObject[]> {
  return documents((await run('get', 'hooks', RELEASE)).text)
}

function documents(text: string): ApiObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const object = document.toJSON() as ApiObject | null
    return object === null ? [] : [object]
  })
}

async function absent({ api, set, report }: Walk, objects: readonly ApiObject[]): Promise<ApiObject[]> {
  const found: ApiObject[] = []
  for (const object of objects) {
    const { status } = await api.ask('GET', await api.pathOf(object, set))
    if (status === 404) found.push(object)
    else if (status !== 200) report.note(`${set}: ${object.kind} ${object.metadata.name}: ${status}`)
  }
  return found
}

async function tagOf({ api, set }: Walk): Promise<string> {
  const { body } = await api.ask('GET', `/apis/apps/v1/namespaces/${set}/deployments/${RELEASE}-dedup`)
  const image = String(at(body, 'spec.template.spec.containers.0.image'))
  return image.slice(image.lastIndexOf(':') + 1)
}
