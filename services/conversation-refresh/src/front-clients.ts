import { topicKey } from '@millrace/domain'
import { createFrontClient, type FrontClient, type FrontClientOptions } from '@millrace/front-client'
import type { Account, SourcesHolder } from '@millrace/service-kit'

export interface FrontClientsOptions {
  readonly sources: SourcesHolder
  readonly fetchTimeoutMs: number
  readonly onCall: NonNullable<FrontClientOptions['onCall']>
}

export interface FrontClients {
  /** Undefined while no account of this name has an API token. */
  of(tenant: string, account: string): FrontClient | undefined
  close(): Promise<void>
}

/**
 * One client an account, as the accounts are now: a new token counts from the next call on, within a reading as well. A client whose account is gone
 * or has another address finishes the calls that it has begun.
 */
export function createFrontClients({ sources, fetchTimeoutMs, onCall }: FrontClientsOptions): FrontClients {
  const clients = new Map<string, { readonly baseUrl: string; readonly client: FrontClient }>()
  let accounts = byKey(sources.current().accounts)

  const unlisten = sources.onChange((now) => {
    accounts = byKey(now.accounts)
    for (const [key, { baseUrl, client }] of clients) {
      if (accounts.get(key)?.baseUrl === baseUrl) continue
      clients.delete(key)
      void client.close()
    }
  })
  const open = (key: string, { baseUrl, apiToken = '' }: Account) => {
    let token = apiToken
    const client = createFrontClient({
      token: () => {
        // Of an account that is gone: calls of a reading that had begun.
        token = accounts.get(key)?.apiToken ?? token
        return token
      },
      baseUrl,
      fetchTimeoutMs,
      onCall,
    })
    clients.set(key, { baseUrl, client })
    return client
  }

  return {
    of(tenant, name) {
      const key = topicKey(tenant, name)
      const account = accounts.get(key)
      return account === undefined ? undefined : (clients.get(key)?.client ?? open(key, account))
    },
    async close() {
      unlisten()
      await Promise.all(Array.from(clients.values(), ({ client }) => client.close()))
    },
  }
}

function byKey(accounts: readonly Account[]): ReadonlyMap<string, Account> {
  return new Map(
    accounts
      .filter(({ provider, apiToken }) => provider === 'front' && apiToken !== undefined)
      .map((account) => [topicKey(account.tenant, account.name), account]),
  )
}
