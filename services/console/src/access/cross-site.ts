import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ConsoleError } from '../errors.ts'

/**
 * Refuses a write that a browser makes for another site. Programs send neither header.
 * @throws ConsoleError `MR_CONSOLE_CROSS_SITE`
 */
export function checkOrigin({ headers, host }: FastifyRequest): void {
  // https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header; `none` is a person's own doing.
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new ConsoleError('MR_CONSOLE_CROSS_SITE')
  const { origin } = headers
  if (origin === undefined) return
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw new ConsoleError('MR_CONSOLE_CROSS_SITE')
}

/**
 * Refuses a write by session cookie that does not hold the session's own token, which only a page of the same origin can have read.
 * @throws ConsoleError `MR_CONSOLE_CROSS_SITE`
 */
export function checkSessionToken({ headers }: FastifyRequest, expected: string): void {
  const given = headers['x-csrf-token']
  if (typeof given !== 'string' || !equalTexts(given, expected)) throw new ConsoleError('MR_CONSOLE_CROSS_SITE')
}

/** Compares without telling by its time where two texts differ. */
export function equalTexts(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
