import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'

export type Checkpoint = Readonly<Record<string, number>>

/** Where `webhooks.replays` ends now. */
export async function checkpointNow(kafka: Pick<Kafka, 'ends'>): Promise<Checkpoint> {
  return Object.fromEntries(
    Array.from(await kafka.ends(topics.replays), ([partition, end]) => [partition, Number(end)]),
  )
}

/**
 * Runs of a replay that were written after a checkpoint: what a process that died, or an answer that was lost, left behind it. At most one step's,
 * since each step moves the checkpoint.
 */
export async function runsSince(
  kafka: Pick<Kafka, 'read' | 'decode'>,
  replayId: string,
  checkpoint: Checkpoint,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const runs = new Set<string>()
  for await (const record of kafka.read(topics.replays, { untilEnd: true, signal })) {
    if (Number(record.offset) < (checkpoint[record.partition] ?? 0)) continue
    const replay = kafka.decode(topics.replays, record)
    if (replay?.replay_id === replayId) runs.add(replay.run_id)
  }
  signal.throwIfAborted()
  return runs
}
