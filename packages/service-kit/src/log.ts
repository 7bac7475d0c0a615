import { isatty } from 'node:tty'
import { trace } from '@opentelemetry/api'
import { destination, type Logger, pino, stdTimeFunctions, symbols } from 'pino'
import { flatMembers, quoted } from './flat-line.ts'
import { formatForTerminal } from './log-terminal.ts'
import { clip, createScrubber, redact } from './redact.ts'
import { createRepeatLimit } from './repeat-limit.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly service: string
  readonly version: string
  readonly level: string
  /** Values that must never be written, wherever they turn up. */
  readonly secrets?: Iterable<string>
  /** Takes finished lines instead of stdout. */
  readonly write?: (line: string) => void
}

export interface Log {
  readonly logger: Logger
  /** Sends every line to another place as well; used for OTLP. */
  tee(listener: (line: string) => void): void
  /** From now on these, too, must never be written; they replace those that were given so before. */
  hide(secrets: Iterable<string>): void
  /** Writes the counts of repeats that are being held back. */
  flush(): void
}

/**
 * Field of a warning or an error that a limit of its own bounds: `log.warn({ …, [isBounded]: true }, …)` is not held back as a repeat. For lines
 * that each tell something else under the same message. It is not written.
 */
export const isBounded = Symbol('isBounded')

const INFO = 30
const WARN = 40

/**
 * JSON lines on stdout (one readable line each on a terminal): redacted, bounded in length, with the ids of the active trace, and with
 * repeats of the same warning or error held back and counted.
 */
export function createLog(options: LogOptions): Log {
  const first = [...(options.secrets ?? [])]
  let scrub = createScrubber(first)
  const writeOut = options.write ?? openStdout()
  const listeners: ((line: string) => void)[] = []
  const repeats = createRepeatLimit(({ key, count, sources }) => {
    const ofSources = sources.length === 0 ? {} : { held_back_of: sources }
    logger.warn({ held_back: count, ...ofSources, [isBounded]: true }, `repeated: ${key}`)
  })

  const emit = (raw: string) => {
    const line = scrub(raw)
    writeOut(line)
    for (const listener of listeners) listener(line)
  }

  const mayPass = (args: readonly unknown[]) => {
    const fields = fieldsOf(args)
    return isBounded in fields || repeats.admit(repeatKey(args), sourceOf(fields))
  }

  const logger: Logger = pino(
    {
      level: options.level,
      base: { service: options.service, version: options.version, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      // Errors are made plain by redact; pino's own serializer would take the result for an error again.
      serializers: { error: (value: unknown) => value },
      formatters: { level: (level) => ({ level }), log: redact },
      mixin: traceIds,
      hooks: {
        logMethod(args, method, level) {
          if (level >= WARN && !mayPass(args)) return
          const line = level === INFO ? flatLine(this, args) : undefined
          if (line === undefined) method.apply(this, clipMessage(args))
          else emit(line)
        },
      },
    },
    { write: emit },
  )

  redactBindings(logger)
  return {
    logger,
    tee: (listener) => void listeners.push(listener),
    hide(secrets) {
      scrub = createScrubber([...first, ...secrets])
    },
    flush: repeats.flush,
  }
}

/** pino's formatters do not see the fields that children are made with. Children inherit this from their parent. */
function redactBindings(logger: Logger): void {
  const { child } = logger
  Object.assign(logger, {
    child(this: Logger, bindings: object, options?: object): Logger {
      return Reflect.apply(child, this, [redact(bindings), options])
    },
  })
}

/** The line of `info(fields, message)` with flat fields, as pino writes it, at a third of the cost; undefined for every other. */
function flatLine(logger: Logger, args: readonly unknown[]): string | undefined {
  const [fields, message] = args
  if (args.length !== 2 || typeof message !== 'string' || typeof fields !== 'object' || fields === null)
    return undefined
  const ids = flatMembers(traceIds())
  const members = flatMembers(fields)
  if (ids === undefined || members === undefined || isOverlapping(fields)) return undefined
  const { [symbols.chindingsSym]: bindings } = logger as unknown as { [symbols.chindingsSym]: string }
  return `{"level":"info"${isoTime()}${bindings}${ids}${members},"message":${quoted(clip(message))}}\n`
}

/** pino writes a name once, where it came first. */
function isOverlapping(fields: object): boolean {
  return 'trace_id' in fields || 'span_id' in fields
}

let lastMs = 0
let lastTime = ''

/** pino's, of which lines of the same millisecond share one. */
function isoTime(): string {
  const ms = Date.now()
  if (ms !== lastMs) {
    lastMs = ms
    lastTime = `,"time":"${new Date(ms).toISOString()}"`
  }
  return lastTime
}

type LogArguments = Parameters<Logger['info']>

/** The message and the error's code or text: what makes two lines "the same" to a reader. */
function repeatKey(args: readonly unknown[]): string {
  const [first, second] = args
  const message = typeof first === 'string' ? first : typeof second === 'string' ? second : ''
  const fields = fieldsOf(args)
  const error = fields instanceof Error ? fields : 'error' in fields ? fields.error : undefined
  if (!(error instanceof Error)) return message.slice(0, 200)
  const kind = 'code' in error ? String(error.code) : error.name
  return `${message || error.message} (${kind})`.slice(0, 200)
}

function fieldsOf([first]: readonly unknown[]): object {
  return typeof first === 'object' && first !== null ? first : {}
}

function sourceOf(fields: object): string | undefined {
  return 'source' in fields && typeof fields.source === 'string' ? clip(fields.source) : undefined
}

function clipMessage(args: LogArguments): LogArguments {
  return args.map((arg: unknown) => (typeof arg === 'string' ? clip(arg) : arg)) as LogArguments
}

function traceIds(): object {
  const context = trace.getActiveSpan()?.spanContext()
  return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId }
}

const MAX_WAITING = 65_536
/** What pino's lines of the levels below `warn` begin with. */
const ORDINARY = /^\{"level":"(?:info|debug|trace)"/

/** Milliseconds between writes of ordinary lines: at thousands of lines a second each system call counts. */
const WRITE_EVERY_MS = 10

/**
 * Writes synchronously, so that lines come in order and none is left behind when the process ends. Ordinary lines of one turn of the event loop
 * go out in one write at its end, or, while they come without a pause, after some milliseconds. A warning or an error takes along what waits, at once.
 */
function openStdout(): (line: string) => void {
  const stdout = destination({ dest: 1, sync: true })
  if (isatty(1)) return (line) => void stdout.write(formatForTerminal(line))
  let waiting = ''
  let writtenAt = 0
  let isTimed = false
  const writeAll = () => {
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    writtenAt = performance.now()
    stdout.write(lines)
  }
  const onTime = () => {
    isTimed = false
    writeAll()
  }
  const writeOrWait = () => {
    if (isTimed) return
    if (performance.now() - writtenAt >= WRITE_EVERY_MS) return writeAll()
    isTimed = true
    setTimeout(onTime, WRITE_EVERY_MS)
  }
  process.on('exit', writeAll)
  return (line) => {
    if (waiting === '' && !isTimed) setImmediate(writeOrWait)
    waiting += line
    if (waiting.length > MAX_WAITING || !ORDINARY.test(line)) writeAll()
  }
}
