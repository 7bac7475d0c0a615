/** What a replay has beside its event; the fields of `EventReplay`. */
export interface ReplayFields {
  replay_id: string
  run_id: string
  target_kind: 'group' | 'endpoint'
  target: string
  keeps_ids: boolean
  requested_by: string
  replayed_at: number
}

/** A replay of an event, as the console writes it; for the group `knowledge-extract` where `changes` name no other target. */
export function replayOf<E extends { readonly event_id: string }>(
  event: E,
  changes: Partial<E & ReplayFields> = {},
): E & ReplayFields {
  return {
    ...event,
    replay_id: 'rpl_1',
    run_id: `run_${event.event_id}`,
    target_kind: 'group',
    target: 'knowledge-extract',
    keeps_ids: true,
    requested_by: 'usr_1',
    replayed_at: Date.now(),
    ...changes,
  }
}
