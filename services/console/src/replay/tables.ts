/** Jobs of the console's own: they are no projection, and a rebuild leaves them alone. */
export interface ReplayTables {
  replay_jobs: ReplayJobsTable
  replay_items: ReplayItemsTable
}

export type JobState = 'preparing' | 'waiting-for-approval' | 'running' | 'done' | 'cancelled' | 'failed'

/** A replay, redrive or erasure. Times are epoch milliseconds. */
export interface ReplayJobsTable {
  id: string
  tenant: string
  kind: 'replay' | 'redrive' | 'erasure'
  state: JobState
  /** ReplayRequest, RedriveRequest or ErasureAsked, with what was left out filled in and without its reason: what is approved, and all that is done. */
  request: unknown
  total: number | null
  done: number
  /** A second; of an endpoint that takes less than was asked for, what it takes. */
  rate: number
  reason: string
  waits_for: string | null
  error: string | null
  requested_by: string
  requested_by_name: string
  approval_id: string | null
  created_at: number
  started_at: number | null
  ended_at: number | null
  /** The process that works on it, and until when it does without saying so again. */
  leased_by: string | null
  leased_until: number
  /** Of a replay: where `webhooks.replays` ended when its last step began, by partition. What was written since is found from there. Of an erasure: milliseconds that each phase took. */
  checkpoint: Record<string, number> | null
}

/** The events of a replay in the order in which they are written. Those below `done` are. */
export interface ReplayItemsTable {
  job_id: string
  seq: number
  event_id: string
  /** Partition of its payload. */
  payload_day: number
}
