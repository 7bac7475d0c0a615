import { createHash, randomBytes } from 'node:crypto'

/** A secret of 256 random bits; `prefix` lets people and scanners of code see what it is. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** What is kept of a secret that nobody can guess: a fast hash is enough for 256 random bits. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
