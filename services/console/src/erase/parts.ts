import type { SecretKeys } from '@millrace/signing'
import type { Redis } from 'ioredis'
import { ConsoleError } from '../errors.ts'
import type { JobParts } from '../replay/job-parts.ts'
import type { BlindIndex, WordIndex } from '../words/word-index.ts'
import type { LookLately } from './named-lately.ts'

/** What erasures work with. */
export interface EraseParts extends Omit<JobParts, 'wake'> {
  readonly redis: Redis
  readonly keys: SecretKeys | undefined
  /** Makes the hashes that stand for subjects; there whenever MILLRACE_SECRET_KEYS is set. */
  readonly blindIndex: BlindIndex | undefined
  /** Finds people where the ledger is encrypted. */
  readonly words: Pick<WordIndex, 'hasWord'> | undefined
  /** MILLRACE_ENCRYPTION. */
  readonly isEncrypted: boolean
  /** Puts data keys into Redis that it does not have yet. */
  readonly refillKeys: (() => Promise<void>) | undefined
  readonly lookLately: LookLately
  /** CONSOLE_LEDGER_DAYS. */
  readonly ledgerDays: number
}

/** Keys and index of an installation that can erase. @throws ConsoleError `MR_CONSOLE_NO_KEYS` */
export function requireKeys({ keys, blindIndex }: EraseParts): {
  readonly keys: SecretKeys
  readonly blindIndex: BlindIndex
} {
  if (keys === undefined || blindIndex === undefined)
    throw new ConsoleError('MR_CONSOLE_NO_KEYS', {
      detail: 'MILLRACE_SECRET_KEYS is not set for the console, so nothing can be hashed, sealed or signed.',
    })
  return { keys, blindIndex }
}

/** What stands for a subject where it must not be named: base64url of 16 bytes. */
export async function hashOf(parts: EraseParts, tenant: string, subject: string): Promise<string> {
  const { blindIndex } = requireKeys(parts)
  await blindIndex.prepare([tenant])
  return blindIndex.blind(tenant, 'subject', subject).toString('base64url')
}
