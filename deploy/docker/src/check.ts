// Proves the images: builds all, looks at each, starts docker-compose.yml's core in containers, sends signed samples and load, kills containers meanwhile, and counts. Images that cannot be pulled are made from Debian packages; --pull takes the published ones.
import { parseArgs } from 'node:util'
import { startReport, tellErrors, withProgress } from '@millrace/local'
import { buildBundles } from './build-bundles.ts'
import { buildImage } from './build-images.ts'
import { bundled } from './bundled.ts'
import { composeCommand, docker, needEngine, output } from './engine.ts'
import { makeLocalImages } from './local-images.ts'
import { lookAtImage } from './look-at-image.ts'
import { type Compose, prepareCompose, profiles } from './run-compose.ts'
import { proveNothingIsLost } from './traffic.ts'

const MEGABYTE = 1_000_000
/** Of our layers, in megabytes. */
const LARGEST = 120
const PUBLISHED_BASE = 'node:24.21.0-bookworm-slim'

tellErrors()
const { values: args } = parseArgs({ options: { pull: { type: 'boolean', default: false } } })
const engine = await needEngine()
const report = startReport('check images')
report.note(`Docker ${engine}`)
const command = await composeCommand(report.note)
const version = `check-${process.pid}`
const built: string[] = []
let system: Compose | undefined
let cleaning: Promise<void> | undefined

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
try {
  const local = args.pull ? undefined : await makeLocalImages(report.say, report.note)
  if (args.pull) await docker('pull', '--quiet', PUBLISHED_BASE)
  const base = local?.node ?? PUBLISHED_BASE
  await withProgress(report.say, 'Bundling the services', buildBundles)
  await buildAll(base)
  system = await prepareCompose({ dir: report.dir, command, repository: 'millrace-check', version, local })
  await checkConfig(system)
  await run(system)
} catch (error) {
  report.note(error instanceof Error ? error.message : String(error))
  if (system) report.note(await system.trouble().catch((cause: Error) => cause.message))
  report.figure('the check came to its end', false, { exactly: true })
} finally {
  await cleanUp()
}
await report.finish()

/** Builds every image and holds it against the rules. */
async function buildAll(base: string): Promise<void> {
  const began = Date.now()
  const facts = new Map<string, Awaited<ReturnType<typeof lookAtImage>>>()
  for (const one of bundled) {
    report.progress(`building ${one.name}`)
    const image = await buildImage(one, { repository: 'millrace-check', version, base })
    built.push(image)
    facts.set(one.name, await lookAtImage(image, base))
  }
  report.figure('images built', facts.size, { exactly: bundled.length })
  report.figure('seconds for building and looking at them', (Date.now() - began) / 1000)
  for (const [name, { ownBytes }] of facts)
    report.figure(`${name}: MB of our layers`, ownBytes / MEGABYTE, { atMost: LARGEST })
  const all = [...facts]
  const count = (isBad: (one: (typeof all)[number][1]) => boolean) => {
    const bad = all.filter(([, one]) => isBad(one)).map(([name]) => name)
    if (bad.length > 0) report.note(`against the rule: ${bad.join(', ')}`)
    return bad.length
  }
  report.figure(
    'images that run as root',
    count(({ uid }) => uid === 0),
    { exactly: 0 },
  )
  report.figure(
    'images that can change what they run',
    count(({ changesItself }) => changesItself),
    { exactly: 0 },
  )
  report.figure(
    'images with a shell',
    count(({ hasShell }) => hasShell),
    args.pull ? {} : { exactly: 0 },
  )
  report.figure(
    'images without all labels',
    count(({ missingLabels }) => missingLabels.length > 0),
    { exactly: 0 },
  )
  report.figure(
    'images without a bill of materials',
    count(({ components }) => components < 10),
    { exactly: 0 },
  )
}

async function checkConfig(compose: Compose): Promise<void> {
  for (const profile of profiles) {
    // What they stand on is in core.
    const services = await compose.config(...(profile === 'registry' ? ['core', profile] : [profile]))
    report.figure(`services of profile ${profile}`, services.length, { atLeast: 1 })
  }
  const refusal = await compose.withoutSecrets()
  // Which of them compose comes to first differs from run to run.
  const isNamed = /required variable [A-Z_]+ is missing a value: run npm run images first/.test(refusal)
  report.figure('a missing secret is named', isNamed, { exactly: true })
  report.figure('services of all profiles', (await compose.config(...profiles)).length, { atLeast: 20 })
}

async function run(compose: Compose): Promise<void> {
  const began = Date.now()
  await withProgress(report.say, 'Starting core and simulators in containers', () => compose.up())
  report.figure('seconds until every container is healthy', (Date.now() - began) / 1000)
  const metrics = await (await fetch(`http://127.0.0.1:${compose.variables.GATEWAY_ADMIN_PORT}/metrics`)).text()
  const isRead = /^millrace_sources_reloads_total\{[^}]*result="unchanged"[^}]*\} [1-9]/m.test(metrics)
  report.figure('a thousand sources are read in a thread', isRead, { exactly: true })
  await askDoctor(compose)
  await proveNothingIsLost(compose, report)
  report.figure('MB of memory in all containers', await memory(compose))
  const restarted = await countRestarts(compose)
  report.figure('containers that ended by themselves', restarted, { exactly: 0 })
}

async function askDoctor(compose: Compose): Promise<void> {
  const { text, errors } = await compose.millrace('doctor', '--json')
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  const findings = lines.map((line) => JSON.parse(line) as { part: string; state: string; text: string })
  for (const one of findings) if (one.state !== 'ok') report.note(`doctor: ${one.state} ${one.part}: ${one.text}`)
  if (findings.length === 0) report.note(errors)
  report.figure('doctor: checks', findings.length, { atLeast: 5 })
  report.figure('doctor: failures', findings.filter(({ state }) => state === 'failure').length, { exactly: 0 })
}

async function memory(compose: Compose): Promise<number> {
  const ids = (await compose.run('ps', '--quiet')).split('\n').filter(Boolean)
  const used = await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', ...ids)
  const units: Readonly<Record<string, number>> = { B: 1e-6, KiB: 1.024e-3, MiB: 1.048576, GiB: 1073.741824 }
  return Array.from(
    used.matchAll(/^([\d.]+)([KMG]?i?B)/gm),
    ([, value, unit = '']) => Number(value) * (units[unit] ?? NaN),
  ).reduce((sum, one) => sum + one, 0)
}

async function countRestarts(compose: Compose): Promise<number> {
  const ids = (await compose.run('ps', '--quiet')).split('\n').filter(Boolean)
  const counts = await docker('inspect', '--format', '{{.RestartCount}}', ...ids)
  return counts.split('\n').reduce((sum, count) => sum + Number(count), 0)
}

/** Containers, networks and volumes of the run and its images; once. The made base images stay. */
function cleanUp(): Promise<void> {
  cleaning ??= (async () => {
    if (system) await withProgress(report.say, 'Removing containers, volumes and images', system.down)
    if (built.length > 0) await output('docker', ['rmi', '--force', ...built])
  })()
  return cleaning
}
