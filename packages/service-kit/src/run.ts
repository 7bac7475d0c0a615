import { startAdmin } from './admin.ts'
import { createChecks } from './checks.ts'
import { closeOrder, createClosers } from './closers.ts'
import { type CommonValues, createContext, type Dependency, type ServiceContext } from './context.ts'
import { applyEnvFile, readEnvironment } from './environment.ts'
import { ServiceKitError, type ServiceKitErrorCode } from './errors.ts'
import { holdSources } from './hold-sources.ts'
import { keepSources } from './keep-sources.ts'
import { createLog } from './log.ts'
import { observeReadiness } from './observe-readiness.ts'
import { printSettings } from './print-settings.ts'
import { secretsIn } from './secrets-in.ts'
import type { Setting } from './setting.ts'
import { type ReadSettings, readSettings, type SettingDefinitions, type SettingValues } from './settings.ts'
import { createShutdown } from './shutdown.ts'
import type { Sources, SourceValues } from './sources.ts'
import { readSources } from './sources-file.ts'
import { startTelemetry } from './telemetry.ts'
import { programVersion } from './version.ts'

/** The settings that every service has: those of `common`, and the port of its admin server. */
export type ServiceSettings = SettingDefinitions & CommonDefinitions & { readonly adminPort: Setting<number> }
type CommonDefinitions = typeof import('./common-settings.ts').common

export interface Service<D extends ServiceSettings> {
  /** As its folder is called: `dedup`. */
  readonly name: string
  readonly settings: D
  /** Dependencies without which it still serves: shown in `/readyz`, but it is ready without them. */
  readonly servesWithout?: readonly Dependency[]
  /** Milliseconds in which a record must be stored, or its sender is refused; default as `KafkaOptions.sendWithinMs`, which suits who posts webhooks. */
  readonly sendWithinMs?: number
  /**
   * For a service that runs code of others: says whose an error was that nobody caught, so that it does not end the process. Null:
   * it was ours.
   */
  readonly takeStrayError?: (error: unknown) => string | null
  /**
   * Wires the service up; it is not ready before this has resolved. An error ends the process: what may be away at first belongs into
   * `context.keepTrying`.
   */
  start(context: ServiceContext<SettingValues<D>>): Promise<void> | void
}

/** Tells whoever started the process that starting it again changes nothing: https://man.freebsd.org/cgi/man.cgi?sysexits(3) */
const EX_CONFIG = 78
const wrongSettings: ReadonlySet<ServiceKitErrorCode> = new Set([
  'MR_SETTINGS_INVALID',
  'MR_SOURCES_UNREADABLE',
  'MR_SOURCES_INVALID',
])

/**
 * Runs a service from its settings to its last log line. SIGTERM and SIGINT end it in order with exit code 0, or 1 at the deadline or at a
 * second signal; an error that nobody caught ends it at once with 1, wrong settings with 78. `--print-settings` prints the settings and ends.
 */
export async function run<D extends ServiceSettings>(service: Service<D>): Promise<void> {
  try {
    const read = await readAll(service.settings)
    if (process.argv.includes('--print-settings')) {
      process.stdout.write(`${printSettings(service.settings, read)}\n`)
      return
    }
    await runWith(service, read.values as SettingValues<D> & CommonValues & { adminPort: number }, read)
  } catch (error) {
    if (!(error instanceof ServiceKitError)) throw error
    // Problems of the configuration: one message for a person, no stack.
    process.stderr.write(`${service.name}: ${error.message}\n`)
    process.exit(wrongSettings.has(error.code) ? EX_CONFIG : 1)
  }
}

async function readAll<D extends ServiceSettings>(definitions: D): Promise<ReadSettings<D> & FirstSources> {
  // Before the `.env` file fills its gaps: later a change of that file must still count.
  const variables = { ...process.env }
  const environment = readEnvironment(variables)
  const read = readSettings(definitions, environment)
  applyEnvFile({ ...environment, variables: process.env })
  const sources = hasSources(read.values) ? await readSources(read.values, environment) : undefined
  return { ...read, sources, variables }
}

interface FirstSources {
  readonly sources: Sources | undefined
  /** Those that the process was started with. */
  readonly variables: NodeJS.ProcessEnv
}

function hasSources(values: object): values is SourceValues {
  return 'sourcesFile' in values
}

async function runWith<D extends ServiceSettings>(
  service: Service<D>,
  settings: SettingValues<D> & CommonValues & { readonly adminPort: number },
  { sources, variables }: FirstSources,
): Promise<void> {
  const { name } = service
  const version = programVersion()
  const log = createLog({
    service: name,
    version,
    level: settings.logLevel,
    secrets: secretsIn(service.settings, settings, sources),
  })
  const telemetry = await startTelemetry({ service: name, version, otlpEndpoint: settings.otlpEndpoint })
  if (telemetry.sendLog !== undefined) log.tee(telemetry.sendLog)

  const controller = new AbortController()
  const checks = createChecks()
  const closers = createClosers(log.logger)
  let isStarted = false
  observeReadiness(telemetry.meter, checks)
  checks.add({ name: 'started', ready: () => isStarted || 'still starting' })
  checks.add({ name: 'not-stopping', ready: () => !controller.signal.aborted || 'shutting down' })

  const admin = await startAdmin({
    host: settings.adminHost,
    port: settings.adminPort,
    portSetting: service.settings.adminPort.env,
    checks,
    scrape: telemetry.scrape,
    scrapeOpenMetrics: telemetry.scrapeOpenMetrics,
  })
  const shutdown = createShutdown({
    log: log.logger,
    deadlineMs: settings.shutdownDeadlineMs,
    closers,
    controller,
    last: [admin.close, telemetry.close],
    exit(code) {
      log.flush()
      process.exit(code)
    },
  })
  process.on('SIGTERM', shutdown.stop)
  process.on('SIGINT', shutdown.stop)
  const onStray = (what: string) => (error: unknown) => {
    const owner = service.takeStrayError?.(error) ?? null
    if (owner === null) shutdown.fail(error, what)
    else log.logger.error({ owner, error }, what)
  }
  process.on('uncaughtException', onStray('an error that nobody caught'))
  process.on('unhandledRejection', onStray('a rejection that nobody caught'))

  const held = sources === undefined ? undefined : holdSources(sources)
  const { sourcesFile } = settings as Partial<SourceValues>
  if (held !== undefined && sourcesFile !== undefined) {
    const { meter } = telemetry
    const watcher = keepSources({ path: sourcesFile, variables, holder: held, log, meter })
    closers.add('sources file', watcher.close, closeOrder.intake)
  }

  const context = createContext<SettingValues<D> & CommonValues>({
    name,
    version,
    settings,
    log: log.logger,
    meter: telemetry.meter,
    signal: controller.signal,
    checks,
    closers,
    sources: held,
    servesWithout: service.servesWithout ?? [],
    sendWithinMs: service.sendWithinMs,
    onFatal: (error) => shutdown.fail(error, 'Kafka client failed for good'),
  })
  try {
    await service.start(context as unknown as ServiceContext<SettingValues<D>>)
    isStarted = true
    log.logger.info({ admin_port: admin.port, took_ms: Math.round(performance.now()) }, 'started')
  } catch (error) {
    if (!controller.signal.aborted) shutdown.fail(error, 'could not start')
  }
}
