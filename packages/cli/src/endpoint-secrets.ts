import type { Changed } from '@millrace/operations'
import { usage } from './command.ts'

const kinds = ['v1', 'v1a', 'both'] as const

/** The kinds of new secrets that an option names. @throws CliError `MR_CLI_USAGE` */
export function readSignature(text: string, command: string): (typeof kinds)[number] {
  const found = kinds.find((kind) => kind === text)
  if (found === undefined) throw usage(`--signature is v1, v1a or both, not "${text}"`, command)
  return found
}

/** New secrets for a person. */
export function secretLines({ secrets, public_keys }: Pick<Changed, 'secrets' | 'public_keys'>): string[] {
  return [
    ...secrets.map((secret) => `secret    ${secret}   (shown only now)`),
    ...public_keys.map((key) => `public    ${key}   (verifies v1a; endpoints key shows it again)`),
  ]
}
