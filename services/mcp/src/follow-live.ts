import { setTimeout as sleep } from 'node:timers/promises'
import { resourceUri } from '@millrace/domain'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { TenantApi } from './console-api.ts'
import type { McpLog } from './log.ts'

const KINDS = 'snapshot,node,resource-updated'
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5_000
/** The console writes a line at least every 15 s; a connection that is silent for longer is dead. */
const SILENCE_MS = 40_000

/** What the live stream tells of resources. */
export interface LiveListener {
  /** A resource has changed. */
  changed(uri: string): void
  /** Some may have changed that nothing was told of. */
  missed(): void
  /** From now on every change is told; called again after each interruption. */
  opened(): void
}

/** Follows a tenant's live stream until the signal aborts, from where it was after each interruption. Never rejects. */
export async function followLive(
  api: TenantApi,
  listener: LiveListener,
  { log, signal }: { readonly log: McpLog; readonly signal: AbortSignal },
): Promise<void> {
  let lastEventId: string | undefined
  let waitMs = FIRST_WAIT_MS
  let isAway = false
  let hasGap = false
  while (!signal.aborted) {
    let isOpen = false
    try {
      for await (const { id, event, data } of readStream(api, lastEventId, signal)) {
        if (!isOpen) {
          if (isAway) log.info({ tenant: api.tenant }, 'the console’s live stream is back')
          if (hasGap) listener.missed()
          isOpen = true
          isAway = false
          hasGap = false
          waitMs = FIRST_WAIT_MS
          listener.opened()
        }
        if (id !== undefined && id !== '') lastEventId = id
        take(api.tenant, event, data, listener)
      }
    } catch (error) {
      if (signal.aborted) return
      if (!isAway) log.warn({ tenant: api.tenant, error }, 'the console’s live stream is away')
      isAway = true
    }
    // Without a place to go on from nobody will tell what comes until the next stream.
    hasGap ||= lastEventId === undefined
    await sleep(waitMs, undefined, { signal }).catch(() => {})
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)
  }
}

async function* readStream(api: TenantApi, lastEventId: string | undefined, signal: AbortSignal) {
  const silent = new AbortController()
  const either = AbortSignal.any([signal, silent.signal])
  const timer = setTimeout(() => silent.abort(new Error('nothing came for too long')), SILENCE_MS)
  try {
    const stream = await api.live(KINDS, lastEventId, either)
    const alive = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        timer.refresh()
        controller.enqueue(chunk)
      },
    })
    const events = stream
      .pipeThrough(alive)
      .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
      .pipeThrough(new EventSourceParserStream())
    yield* events
  } finally {
    clearTimeout(timer)
    silent.abort()
  }
}

function take(tenant: string, event: string | undefined, data: string, listener: LiveListener): void {
  const told = JSON.parse(data) as Readonly<Record<string, unknown>>
  if (event === 'snapshot' && typeof told.conversation_id === 'string')
    listener.changed(resourceUri({ kind: 'conversation', tenant, id: told.conversation_id }))
  else if (event === 'node' && typeof told.node_id === 'string')
    listener.changed(resourceUri({ kind: 'graph', tenant, id: told.node_id }))
  else if (event === 'resource-updated' && typeof told.subject === 'string') listener.changed(told.subject)
  else if (event === 'gap') listener.missed()
}
