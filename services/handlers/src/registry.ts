import { isEventTypePattern, matchesEventType } from '@millrace/domain'
import { HandlersError } from './errors.ts'
import { type EventOf, type EventPattern, knownTypes } from './events.ts'
import type { Handler, HandlerContext } from './handler.ts'

/** A handler that a file has registered. */
export interface Registration {
  /** File and pattern, unique among all: it names the handler in logs and metrics, and is a part of what its emissions are called. */
  readonly name: string
  readonly patterns: readonly string[]
  run(event: never, context: HandlerContext): unknown
}

interface Collecting {
  readonly file: string
  readonly found: Registration[]
}

let collecting: Collecting | undefined

/**
 * Registers a handler for events of a type (`message.received`), below a prefix (`conversation.*`) or of all types (`*`), or for several of these.
 * To be called while its file is loaded.
 * @throws HandlersError `MR_HANDLERS_FILE` for what can be no type of an event
 */
export function on<const T extends EventPattern>(types: T | readonly T[], handler: Handler<EventOf<T>>): void {
  if (collecting === undefined)
    throw new HandlersError('MR_HANDLERS_FILE', 'on() must be called while its file is loaded, not later')
  const { file, found } = collecting
  const patterns = typeof types === 'string' ? [types] : types
  for (const pattern of patterns) checkPattern(pattern, file)
  if (patterns.length === 0) throw new HandlersError('MR_HANDLERS_FILE', `${file}: on() needs a type`)
  if (typeof handler !== 'function')
    throw new HandlersError('MR_HANDLERS_FILE', `${file}: on('${patterns[0]}') needs a function`)
  found.push({ name: `${file} ${patterns.join('|')}`, patterns, run: handler as Registration['run'] })
}

const ourAreas = new Set(knownTypes.map((type) => type.split('.')[0]))

function checkPattern(pattern: string, file: string): void {
  const [area] = pattern.split('.')
  const isOurs = ourAreas.has(area) && !pattern.endsWith('.*')
  const isKnown = !isOurs || (knownTypes as readonly string[]).includes(pattern)
  if (isEventTypePattern(pattern) && isKnown) return
  throw new HandlersError('MR_HANDLERS_FILE', `${file}: there are no events of type "${pattern}"`)
}

/**
 * The handlers that loading a file registers. `file` names them.
 * @throws whatever `load` throws; HandlersError `MR_HANDLERS_FILE` when it registers none
 */
export async function collectHandlers(file: string, load: () => Promise<unknown>): Promise<readonly Registration[]> {
  const found: Registration[] = []
  collecting = { file, found }
  try {
    await load()
  } finally {
    collecting = undefined
  }
  if (found.length === 0) throw new HandlersError('MR_HANDLERS_FILE', `${file} registers no handler: it calls no on()`)
  return found
}

/** Gives those of equal name a number, in the order in which they were registered. */
export function withUniqueNames(registrations: readonly Registration[]): readonly Registration[] {
  const seen = new Map<string, number>()
  return registrations.map((registration) => {
    const before = seen.get(registration.name) ?? 0
    seen.set(registration.name, before + 1)
    return before === 0 ? registration : { ...registration, name: `${registration.name} #${before + 1}` }
  })
}

export function handlersFor(registrations: readonly Registration[], type: string): readonly Registration[] {
  return registrations.filter(({ patterns }) => patterns.some((pattern) => matchesEventType(pattern, type)))
}
