import type { ConsoleSettings } from '../settings.ts'
import type { LoginCode } from './codes.ts'

/** A one-time link as the API gives it out. The code stands behind `#`: it is sent to nobody and comes into no log. */
export function linkTo(
  settings: Pick<ConsoleSettings, 'baseUrl' | 'port'>,
  { code, expiresAt }: LoginCode,
): { link: string; link_expires_at: number } {
  const base = settings.baseUrl ?? `http://127.0.0.1:${settings.port}`
  return { link: `${base}/login#code=${code}`, link_expires_at: expiresAt }
}
