import { createHash } from 'node:crypto'

const DIGITS = 8

/**
 * The number by which a session is known to whoever vouches for its user: the user reads it from their own page. It is derived from the session, lets
 * nobody in, and differs in every session.
 * @param sessionHash SHA-256 of the cookie's value
 * @returns eight digits
 */
export function vouchCodeOf(sessionHash: string): string {
  const digest = createHash('sha256').update(`vouch/${sessionHash}`).digest()
  return String(digest.readUIntBE(0, 6) % 10 ** DIGITS).padStart(DIGITS, '0')
}
