import { setTimeout as sleep } from 'node:timers/promises'

/** Somebody who follows the console's live stream and comes again when it ends, as browsers do. */
export interface LiveReader {
  readonly seen: ReadonlySet<string>
  /** Times that the stream ended and was opened again. */
  readonly reconnects: () => number
  /** Openings that were not answered with a stream, by what came instead. */
  readonly failed: Readonly<Record<string, number>>
  /** Times that the console said that something was left out. */
  readonly gaps: () => number
  stop(): Promise<void>
}

export interface LiveReaderOptions {
  /** Of the stream. */
  readonly url: string
  readonly token: string
}

const AGAIN_AFTER_MS = 200

export function startLiveReader({ url, token }: LiveReaderOptions): LiveReader {
  const ending = new AbortController()
  const seen = new Set<string>()
  const failed: Record<string, number> = {}
  let opened = 0
  let gaps = 0
  let lastId: string | undefined

  const take = (block: string) => {
    lastId = /^id: ?(.*)$/m.exec(block)?.[1] ?? lastId
    const kind = /^event: ?(.*)$/m.exec(block)?.[1]
    const data = /^data: ?(.*)$/m.exec(block)?.[1]
    if (kind === 'gap') gaps++
    if (kind === 'event' && data !== undefined) seen.add(String(JSON.parse(data).event_id))
  }
  const follow = async () => {
    const headers = { authorization: `Bearer ${token}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) }
    const answer = await fetch(url, { headers, signal: ending.signal }).catch((error: Error) => error)
    if (ending.signal.aborted) return
    if (answer instanceof Error || !answer.ok || answer.body === null) {
      const what = answer instanceof Error ? answer.message : String(answer.status)
      failed[what] = (failed[what] ?? 0) + 1
      return
    }
    opened++
    let rest = ''
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) take(block)
    }
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      // A stream that breaks off is opened again; what it missed is asked for by its last id.
      await follow().catch(() => {})
      await sleep(AGAIN_AFTER_MS, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const running = run()
  return {
    seen,
    reconnects: () => Math.max(0, opened - 1),
    failed,
    gaps: () => gaps,
    async stop() {
      ending.abort()
      await running
    },
  }
}
