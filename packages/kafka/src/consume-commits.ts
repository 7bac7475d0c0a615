import type { Owned } from './consume-owned.ts'
import type { MemberPort } from './port.ts'
import { encodeProgress } from './progress.ts'
import { type OperationDetail, traced } from './telemetry.ts'

/** Commits what has moved. One commit at a time; whoever asks while one is under way shares the next. */
export function createCommits(
  member: MemberPort,
  place: OperationDetail,
  owned: ReadonlyMap<string, Owned>,
): () => Promise<void> {
  let committing: Promise<void> = Promise.resolve()
  let nextCommit: Promise<void> | undefined

  const commitMoved = async () => {
    const moved = [...owned.values()].flatMap((owner) => {
      const progress = owner.isStarted ? owner.tracker.progress() : undefined
      if (progress === undefined) return []
      const metadata = encodeProgress(progress)
      const isKnown = progress.committed === owner.committed && metadata === owner.told
      return isKnown ? [] : [{ owner, next: progress.committed, metadata }]
    })
    if (moved.length === 0) return
    const outcome = await traced('commit', place, () =>
      member.commit(
        moved.map(({ owner: { topic, partition }, next, metadata }) => ({ topic, partition, next, metadata })),
      ),
    )
    if (outcome !== 'ok') return
    for (const { owner, next, metadata } of moved) {
      owner.committed = next
      owner.told = metadata
    }
  }

  return () => {
    nextCommit ??= committing
      .catch(() => {})
      .then(() => {
        nextCommit = undefined
        return commitMoved()
      })
    committing = nextCommit
    return nextCommit
  }
}
