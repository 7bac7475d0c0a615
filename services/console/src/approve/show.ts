import type { Actor } from '../access/actor.ts'
import { isAtLeast } from '../access/roles.ts'
import type { Reveal } from '../erase/reveal.ts'
import { linkWords } from './decide.ts'
import type { ApprovalPolicy } from './kinds.ts'
import { type Account, linkOf } from './persons.ts'
import type { ApprovalView } from './schemas.ts'
import type { ApprovalRow } from './tables.ts'

/** Who looks, and what their word would count for. */
export interface Looker {
  readonly actor: Actor
  readonly accounts: ReadonlyMap<string, Account>
  readonly policy: ApprovalPolicy
  /** Opens what of a request is stored sealed. */
  readonly reveal: Reveal
  readonly now: number
}

/** A request as one person sees it. `withParams`: with what is executed, which may be large. */
export function viewOf(row: ApprovalRow, looker: Looker, withParams: boolean): ApprovalView {
  const isOpen = row.status === 'pending' && looker.now < row.expires_at
  const obstacle = isOpen ? obstacleOf(row, looker) : null
  const { requested_persons, params_json: _json, result_json, executing_until: _, ...open } = row
  const { actor } = looker
  return {
    ...open,
    status: row.status === 'pending' && !isOpen ? 'expired' : row.status,
    params: withParams && row.params_json !== '' ? looker.reveal(row) : null,
    result: result_json === null ? null : JSON.parse(result_json),
    may_decide: isOpen && obstacle === null,
    may_cancel: isOpen && (requested_persons.includes(actor.personId) || isAtLeast(actor.roleIn(row.tenant), 'admin')),
    may_not_because: obstacle,
  }
}

/** For the page alone: the decision itself is judged anew, by the database. */
function obstacleOf(row: ApprovalRow, { actor, accounts, policy }: Looker): string | null {
  if (actor.kind !== 'user') return 'Tokens ask for approvals and never decide them.'
  if (!isAtLeast(actor.roleIn(row.tenant), 'approver')) return 'This needs the role approver in this tenant.'
  if (policy.mode === 'one-person') return null
  const links = row.requested_persons.map((person) => linkOf(person, actor.personId, accounts))
  const link = links.find((found) => found !== undefined)
  return link === undefined ? null : linkWords[link]
}
