import { type Env, portOf } from './local-env.ts'
import type { LocalProcess } from './services.ts'

export interface Readiness {
  readonly isReady: boolean
  /** What is wrong, in a few words: why it is not ready, or what it can do without. Empty when all is well. */
  readonly reason: string
}

/** Asks a process of ours whether it is ready: `/readyz`, or any HTTP answer of one that has no admin port. */
export async function askReady(process: LocalProcess, env: Env): Promise<Readiness> {
  const setting = process.admin ?? process.http
  if (!setting) return { isReady: true, reason: '' }
  try {
    const url = `http://127.0.0.1:${portOf(env, setting)}${process.admin ? '/readyz' : '/'}`
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    const body = await response.text()
    if (!process.admin) return { isReady: true, reason: '' }
    const failed = failedChecks(body)
    return response.ok ? { isReady: true, reason: failed } : { isReady: false, reason: failed || 'not ready' }
  } catch {
    return { isReady: false, reason: 'does not answer' }
  }
}

export async function answersReady(process: LocalProcess, env: Env): Promise<boolean> {
  return (await askReady(process, env)).isReady
}

interface Report {
  readonly checks?: Readonly<Record<string, { readonly ok: boolean; readonly reason?: string }>>
}

function failedChecks(body: string): string {
  try {
    const failed = Object.entries((JSON.parse(body) as Report).checks ?? {}).filter(([, check]) => !check.ok)
    return failed.map(([name, { reason }]) => (reason ? `${name}: ${reason}` : name)).join('; ')
  } catch {
    return ''
  }
}
