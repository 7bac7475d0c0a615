import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext } from 'react'
import type { Me } from './answers.ts'
import { RequestFailed, request, setCsrfToken } from './request.ts'

export type Role = Me['tenants'][number]['role']

const ranks: readonly Role[] = ['viewer', 'operator', 'approver', 'admin']

let isIn = false

function entered(me: Me): void {
  setCsrfToken(me.csrf_token ?? undefined)
  isIn = true
}

/** Whether somebody was logged in here and did not leave: where nobody is any more, their session has ended. */
export function wasLoggedIn(): boolean {
  return isIn
}

const MeContext = createContext<Me | null>(null)
export const meKey = ['me'] as const

/** What the session query found: nobody (401), somebody, or that the console does not answer. */
export function useSession() {
  return useQuery({ queryKey: meKey, queryFn: readMe, staleTime: 60_000, retry: 1 })
}

/** Puts the answer of a login in place, so that the page opens without asking again. */
export function useEnter(): (me: Me) => void {
  const client = useQueryClient()
  return (me) => {
    entered(me)
    client.setQueryData(meKey, me)
  }
}

export function useLeave(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await request('POST', '/api/v1/logout', { body: {} })
    setCsrfToken(undefined)
    isIn = false
    client.clear()
    client.setQueryData(meKey, null)
  }
}

export function MeProvider({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  return <MeContext value={me}>{children}</MeContext>
}

/** @throws Error outside of a session: the shell shows nothing that calls it before someone is logged in. */
export function useMe(): Me {
  const me = useContext(MeContext)
  if (me === null) throw new Error('useMe outside of a session')
  return me
}

/** Whether the one may do in the tenant what needs the role; a higher role holds the lower ones. */
export function mayIn(me: Me, tenant: string, role: Role): boolean {
  const held = me.tenants.find((one) => one.tenant === tenant)?.role
  return held !== undefined && ranks.indexOf(held) >= ranks.indexOf(role)
}

async function readMe(): Promise<Me | null> {
  try {
    const me = await request<Me>('GET', '/api/v1/me')
    entered(me)
    return me
  } catch (error) {
    if (error instanceof RequestFailed && error.problem.status === 401) return null
    throw error
  }
}
