import { stat } from 'node:fs/promises'
import type { Meter } from '@opentelemetry/api'
import { ServiceKitError } from './errors.ts'
import type { WritableSources } from './hold-sources.ts'
import type { Logger } from './log.ts'
import type { Sources } from './sources.ts'

/** What was read, and every file that it came from, the main one included. */
export interface SourcesReading {
  readonly files: ReadonlySet<string>
  readonly result: Sources | ServiceKitError
}

export interface WatchOptions {
  readonly path: string
  /** Files that a change may come from, as far as known yet. */
  readonly files: Iterable<string>
  readonly read: () => Promise<SourcesReading>
  readonly holder: WritableSources
  readonly log: Pick<Logger, 'info' | 'error'>
  readonly meter: Meter
  /** Milliseconds between two looks; a change counts once two looks in a row saw the same. */
  readonly everyMs?: number
}

export interface SourcesWatcher {
  /** Reads the file again, changed or not. What is wrong with it is logged, never thrown. */
  reload(): Promise<void>
  /** Idempotent. */
  close(): void
}

const EVERY_MS = 100
/** Looks after which a file that never keeps still is read all the same. */
const MAX_UNSETTLED = 10

/**
 * Keeps the holder as the file is: the file itself, and those that its references are read from. A file that breaks a rule changes nothing and is
 * told once. It looks at the files' state ten times a second instead of asking the system to tell: that alone sees every kind of change (an editor's
 * rename, the swapped link of a Kubernetes ConfigMap, bind mounts, network file systems), and costs some microseconds.
 */
export function watchSources(options: WatchOptions): SourcesWatcher {
  const { everyMs = EVERY_MS } = options
  const take = createTaker(options)
  let files = [...options.files]
  // Nothing counts as read yet: the file may have changed since the start read it.
  let known = ''
  let seen = ''
  let unsettled = 0
  let reading = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** One after the other, so that an older reading never replaces a newer one. */
  const reload = () => {
    reading = reading.then(async () => {
      const { files: found, result } = await options.read()
      files = [...found]
      if (!isClosed) take(result)
    })
    return reading
  }
  const look = async () => {
    const state = await stateOf(files)
    const isSettled = state === seen || unsettled >= MAX_UNSETTLED
    if (state === known) unsettled = 0
    else unsettled += 1
    if (state !== known && isSettled) {
      await reload()
      // As it was before the reading: what changed meanwhile, also by files that are looked at from now on, shows at the next look.
      known = state
      unsettled = 0
    }
    seen = state
    lookLater()
  }
  const lookLater = () => {
    if (!isClosed) timer = setTimeout(() => void look(), everyMs).unref()
  }
  lookLater()

  return {
    reload,
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** Puts a reading into effect, and tells what it changed or why it changes nothing. */
function createTaker({ path, holder, log, meter }: WatchOptions): (result: Sources | ServiceKitError) => void {
  const reloads = meter.createCounter('millrace.sources.reloads', {
    description: 'Readings of the sources file by result: changed, unchanged, refused.',
  })
  // Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened.
  for (const result of ['changed', 'unchanged', 'refused']) reloads.add(0, { result })
  meter
    .createObservableGauge('millrace.sources.age', { unit: 's', description: 'Time since the sources last changed.' })
    .addCallback((gauge) => gauge.observe((Date.now() - holder.state().since) / 1_000))
  meter
    .createObservableGauge('millrace.sources.refused', {
      description: '1 while the sources file breaks a rule and the former sources are in use.',
    })
    .addCallback((gauge) => gauge.observe(holder.state().refused === undefined ? 0 : 1))

  return (result) => {
    if (result instanceof ServiceKitError) {
      const problems = result.problems ?? [result.message]
      holder.refuse(problems)
      reloads.add(1, { result: 'refused' })
      log.error({ file: path, problems }, 'sources file is not taken: the former sources stay in use')
      return
    }
    const before = holder.current()
    const wasRefused = holder.state().refused !== undefined
    const isChanged = holder.replace(result)
    reloads.add(1, { result: isChanged ? 'changed' : 'unchanged' })
    if (isChanged) log.info({ file: path, ...differences(before, holder.current()) }, 'sources changed')
    else if (wasRefused) log.info({ file: path }, 'sources file is in order again')
  }
}

function differences({ sources: before }: Sources, { sources: now }: Sources): object {
  const find = (list: typeof now, name: string) => list.find((source) => source.name === name)
  return {
    sources: now.length,
    added: now.flatMap(({ name }) => (find(before, name) === undefined ? [name] : [])),
    removed: before.flatMap(({ name }) => (find(now, name) === undefined ? [name] : [])),
    changed: now.flatMap((source) => ([undefined, source].includes(find(before, source.name)) ? [] : [source.name])),
  }
}

/** What tells one content of the files from another without reading them. Links are followed: a ConfigMap changes by its link. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
        return [file, dev, ino, size, mtimeNs, ctimeNs].join(':')
      } catch {
        return `${file}:away`
      }
    }),
  )
  return states.sort().join('\n')
}
