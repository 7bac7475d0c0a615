import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * The prefix makes browsers take it only with Secure, for this host alone and every path: https://www.rfc-editor.org/rfc/rfc6265bis#section-4.1.3.2
 * Chromium and Firefox count http://localhost and http://127.0.0.1 as secure enough; Safari does not.
 */
export const SESSION_COOKIE = '__Host-millrace-session'

/** Readable by no script, sent with no request that another site causes. */
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const

export function sessionCookieOf({ cookies }: FastifyRequest): string | undefined {
  return cookies[SESSION_COOKIE]
}

/** @param expiresAt epoch ms */
export function setSessionCookie(reply: FastifyReply, secret: string, expiresAt: number): void {
  reply.setCookie(SESSION_COOKIE, secret, { ...attributes, expires: new Date(expiresAt) })
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, attributes)
}
