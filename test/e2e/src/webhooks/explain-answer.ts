import { textField } from '../demo/post-sample.ts'

const otherSecrets = (from: string) =>
  `the gateway has other secrets than this command, which signs with those of ${from}: run both with the same MILLRACE_SOURCES and variables`

const advice: Readonly<Record<string, (from: string) => string>> = {
  'signature-mismatch': otherSecrets,
  'signature-missing': otherSecrets,
  'signature-malformed': otherSecrets,
  'secret-missing': otherSecrets,
  'not-found': (from) => `the gateway does not know this path; its sources are not those of ${from}`,
  'timestamp-stale': () => 'the clocks of this machine and of the gateway differ: set them',
  'timestamp-future': () => 'the clocks of this machine and of the gateway differ: set them',
  'address-not-allowed': () => 'allowed_addresses of the source leaves this machine out: send from an address in it',
}

/**
 * Why a sample was not taken, and what to do, from the gateway's answer.
 * @param answer JSON of the answer, or its text
 * @param from where the secrets came from: a file, or the single settings
 */
export function explainAnswer(status: number | null, answer: unknown, from: string): string[] {
  if (status === null) return ['why: nothing answered in time', 'do:  look whether the gateway runs, and at its log']
  const [rule, detail, type] = ['rule', 'detail', 'type'].map((name) => textField(answer, name))
  if (rule === undefined || rule === '')
    return [
      `why: the answer ${status} names no rule, so it is not from a gateway`,
      'do:  look at what stands before it',
    ]
  const known = advice[rule]?.(from)
  return [
    `why: ${rule}: ${detail}`,
    `do:  ${[known, type].filter((text) => text !== undefined && text !== '').join('; ')}`,
  ]
}
