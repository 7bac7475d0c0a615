/** What may need a second person. */
export const approvalKinds = [
  'webhook-response',
  'webhook-data',
  'erasure',
  'replay',
  'redrive',
  'endpoint-enable',
] as const
export type ApprovalKind = (typeof approvalKinds)[number]

/** Events that a replay may have without approval, counted over a day with all that the same person let run. */
export const REPLAY_LIMIT = 1_000
export const USES_COUNT_FOR_MS = 24 * 60 * 60_000

export interface ApprovalPolicy {
  readonly mode: 'two-person' | 'one-person'
  /** Kinds that need one only where the setting CONSOLE_APPROVE names them: `redrive`, `endpoint-enable`. */
  readonly also: readonly string[]
}

/**
 * Whether an action needs approval. `used`: what the same person let run of this kind within the last day without approval, so that many small ones
 * are judged as one large one.
 */
export function needsApproval(kind: ApprovalKind, count: number, used: number, { also }: ApprovalPolicy): boolean {
  if (kind === 'webhook-response' || kind === 'webhook-data' || kind === 'erasure') return true
  if (kind === 'replay') return used + count > REPLAY_LIMIT
  return also.includes(kind)
}
