import { isCallable } from './front-account.ts'
import type { Account, Source } from './sources.ts'

/** Whether what a source's webhooks miss can be had in another way. */
export interface GapRepair {
  readonly state: 'possible' | 'no-api-token' | 'no-api'
  /** A sentence for operators. */
  readonly text: string
}

/** Whether gaps of a source can be repaired: its provider has an API that lists events, and its account holds a token or an authorised OAuth client for it. */
export function gapRepairOf(
  source: Pick<Source, 'provider' | 'tenant' | 'account'>,
  accounts: readonly Account[],
): GapRepair {
  if (source.provider !== 'front') {
    return { state: 'no-api', text: `gaps cannot be repaired: ${source.provider} has no list of events to read again` }
  }
  const account = accounts.find(({ tenant, name }) => tenant === source.tenant && name === source.account)
  if (account === undefined || !isCallable(account)) {
    const text = `gaps cannot be repaired: account ${source.account} has no API token (FRONT_API_TOKEN, or api_token, or oauth with a refresh_token, in the sources file), so webhooks that are lost stay lost`
    return { state: 'no-api-token', text }
  }
  return { state: 'possible', text: `gaps are repaired through the API with the token of account ${source.account}` }
}
