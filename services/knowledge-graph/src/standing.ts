import type { GraphState, RelationshipState } from './graph-state.ts'

/** Whether a node is there, and since when not, epoch milliseconds. */
export interface Standing {
  readonly is_there: boolean
  /** 0 while it is there, and when nothing ever supported it. */
  readonly gone_since: number
}

/** By what the node's own events and the relationships that name it say. A node that was only told of by others is not yet there. */
export function ownStanding({ provenance, supporters, is_shared }: GraphState): Standing {
  const said = provenance.find(({ standing }) => standing !== '')
  const ends = Object.values(supporters).map(({ ended_at }) => ended_at)
  if (provenance.length > 0 && (said?.standing === 'exists' || is_shared || ends.includes(null))) return THERE
  return {
    is_there: false,
    gone_since: Math.max(0, ...ends.map(Number), said?.standing === 'gone' ? said.observed_at : 0),
  }
}

const THERE: Standing = { is_there: true, gone_since: 0 }

/** A person is there while something supports one of the ids; the one that stands for all knows, and tells the others. */
export function standingOf(state: GraphState): Standing {
  const own = ownStanding(state)
  if (state.stands_for !== state.id) return state.told[state.stands_for] ?? own
  const all = [own, ...Object.values(state.parts)]
  if (all.some(({ is_there }) => is_there)) return THERE
  return { is_there: false, gone_since: Math.max(...all.map(({ gone_since }) => gone_since)) }
}

/** Since when a relationship no longer holds: as its node's statements say, or since its node is gone; null while it holds. */
export function endOfRelationship({ ended_at }: RelationshipState, standing: Standing): number | null {
  return ended_at ?? (standing.is_there ? null : standing.gone_since)
}
