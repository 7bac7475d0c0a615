/** A conversation as the list shows it, and up to when we know it. Epoch milliseconds by the provider's clock; null: not at all. */
export interface ListedConversation {
  readonly id: string
  readonly updatedAt: number
  /** The newest of the provider's times in its snapshot. */
  readonly snapshotAt: number | null
  /** When the last event of it happened that became known. */
  readonly eventAt: number | null
}

/**
 * What a comparison found. `unknown`: there is no snapshot; `missed`: it changed after its snapshot and no event tells of that; `behind`: an event does,
 * the snapshot has yet to follow; `unsure`: what is known may be incomplete, so it is told again to be on the safe side.
 */
export type FindingKind = (typeof findingKinds)[number]
export const findingKinds = ['unknown', 'missed', 'behind', 'unsure'] as const

export interface Finding {
  readonly kind: FindingKind
  /** No event tells of the change: a webhook was missed, or none is sent for it. */
  readonly isUnexplained: boolean
}

/** An event happens a moment before or after the conversation's own time; a change this near to one is taken for its doing. */
export const EXPLAINED_WITHIN_MS = 5_000

/** Compares one listed conversation with what is known. `knownSince`: before that, what is known is not complete. Null when there is nothing to tell. */
export function compare(listed: ListedConversation, knownSince: number): Finding | null {
  const { updatedAt, snapshotAt, eventAt } = listed
  if (snapshotAt !== null && updatedAt <= snapshotAt) return null
  const isUnexplained = eventAt === null || updatedAt > eventAt + EXPLAINED_WITHIN_MS
  if (isUnexplained && updatedAt < knownSince) return { kind: 'unsure', isUnexplained: false }
  if (snapshotAt === null) return { kind: 'unknown', isUnexplained }
  return { kind: isUnexplained ? 'missed' : 'behind', isUnexplained }
}
