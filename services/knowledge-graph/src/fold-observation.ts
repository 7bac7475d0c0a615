import type { KnowledgeObservation } from '@millrace/schemas'
import { compareStamps } from './compare-stamps.ts'
import { type Forget, forgetEvents } from './forget-events.ts'
import { blankState, type GraphState, type Supporter, sorted, stateOfObservation } from './graph-state.ts'
import { joinAliases, joinStates, limitIdentities, limitSupporters } from './join-states.ts'
import { bestIdentity } from './person-identity.ts'
import type { Message } from './tell-nodes.ts'

/** What a node's owner knows once it has read an observation, or what another owner tells. */
export function foldObservation(
  known: GraphState | undefined,
  { value }: { readonly value: KnowledgeObservation | null },
): GraphState | undefined {
  if (value === null) return known
  const state = known ?? blankState(value.tenant, value.id)
  if (value.subject === 'node') return foldSeen(state, stateOfObservation(value))
  return foldMessage(state, { subject: value.subject, ...JSON.parse(value.message_json) } as Message | Forget)
}

/** An event tells that a relationship held then. What its owner told of the same statement, it may know better. */
function foldSeen(state: GraphState, seen: GraphState): GraphState {
  const news = Object.entries(seen.supporters).filter(([by, { stamp }]) => {
    const known = state.supporters[by]
    return known === undefined || compareStamps(stamp, known.stamp) > 0
  })
  return joinStates(state, { ...seen, supporters: Object.fromEntries(news) })
}

function foldMessage(state: GraphState, message: Message | Forget): GraphState {
  switch (message.subject) {
    case 'support':
      return { ...state, ...foldSupport(state, message.by, message.supporter) }
    case 'label':
      return { ...state, stands_for: bestIdentity([state.stands_for, message.stands_for]) }
    case 'part':
      return {
        ...state,
        parts: limitIdentities(sorted(Object.entries({ ...state.parts, [message.of]: message.part }))),
      }
    case 'standing':
      return { ...state, told: sorted([...Object.entries({ ...state.told, [message.of]: message.standing })]) }
    case 'alias': {
      const known = joinAliases(state.aliases[message.of] ?? [], [message.stands_for])
      return { ...state, aliases: sorted([...Object.entries({ ...state.aliases, [message.of]: known })]) }
    }
    case 'forget':
      return forgetEvents(state, message)
    default:
      return state
  }
}

/** Of one statement an owner's last word counts: its records come in its order. Null where what stated it was erased. */
function foldSupport(state: GraphState, by: string, supporter: Supporter | null) {
  if (supporter === null)
    return { supporters: Object.fromEntries(Object.entries(state.supporters).filter(([of]) => of !== by)) }
  const known = state.supporters[by]
  if (state.is_shared || (known !== undefined && compareStamps(supporter.stamp, known.stamp) < 0)) return {}
  return limitSupporters(sorted([...Object.entries({ ...state.supporters, [by]: supporter })]), false)
}
