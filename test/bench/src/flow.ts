// 1,000 events a minute through the whole system: how long until the sender has its 2xx, and until the event can be read.
import { startReport } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { generateEvents, percentile, postInOrder, waitFor } from '@millrace/test-support'
import { measureSigning } from './measure-signing.ts'
import { startWholeSystem } from './whole-system.ts'

const EVENTS_A_MINUTE = Number(process.env.BENCH_RATE ?? 1_000)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 60)
/** Sent before anything is measured: first requests pay for connections and compilation. */
const WARM_UP = 200

const report = startReport('bench flow')
const whole = await startWholeSystem(report)
const { system, kafka } = whole
const stop = new AbortController()
try {
  const arrivals = new Map<string, number>()
  const watching = watchArrivals()
  const url = `${system.gatewayUrl}/api/webhooks/front`
  const warmUp = generateEvents({ count: WARM_UP, conversations: 50, duplicateRatio: 0, seed: Date.now() % 2 ** 31 })
  const secret = system.webhookSecret
  await postInOrder({ url, secret, rate: 50, posts: warmUp.events, onProgress: () => report.progress('warming up') })
  await waitFor(() => arrivals.size >= WARM_UP, { what: 'the warm-up events to arrive', deadlineMs: 30_000 })
  arrivals.clear()

  const count = Math.round((EVENTS_A_MINUTE * SECONDS) / 60)
  const traffic = generateEvents({ count, conversations: 200, duplicateRatio: 0, seed: (Date.now() + 1) % 2 ** 31 })
  const posted = await postInOrder({
    url,
    secret,
    rate: EVENTS_A_MINUTE / 60,
    posts: traffic.events,
    onProgress: ({ acknowledged }) => report.progress(`${acknowledged} of ${count} acknowledged`),
  })
  await waitFor(() => arrivals.size >= count, { what: 'every event to arrive', deadlineMs: 60_000 })
  stop.abort()
  await watching

  report.progress('checking 1 MB signatures')
  const latencies = [...arrivals.values()]
  report.figure('events a minute', EVENTS_A_MINUTE)
  report.figure('events', count)
  report.figure('acknowledgement p50 ms', percentile(posted.latencies, 50))
  report.figure('acknowledgement p99 ms', percentile(posted.latencies, 99), { atMost: 100 })
  report.figure('received to events p50 ms', percentile(latencies, 50))
  report.figure('received to events p95 ms', percentile(latencies, 95), { atMost: 1_000 })
  report.figure('received to events p99 ms', percentile(latencies, 99))
  report.figure('requests repeated or timed out', posted.repeated, { exactly: 0 })
  for (const [name, times] of measureSigning()) {
    if (name.includes('1 MB')) report.figure(`signature check, ${name}, p99 ms`, percentile(times, 99), { atMost: 10 })
  }

  /** Notes when each event became readable to a read_committed reader, in milliseconds after its receipt. */
  async function watchArrivals(): Promise<void> {
    for await (const record of kafka.read(topics.events, { from: 'beginning', signal: stop.signal })) {
      const event = kafka.decode(topics.events, record)
      if (event !== null) arrivals.set(event.event_id, Date.now() - event.received_at)
    }
  }
} finally {
  stop.abort()
  await whole.stop()
}
await report.finish()
