import { targetRules } from '@millrace/domain'
import type { Targets } from '@millrace/service-kit'
import { wrongField } from '../errors.ts'

/** A URL that may be an endpoint's, in its canonical form. */
export interface JudgedUrl {
  readonly href: string
  /** What only the delivery service can tell, in words; undefined when nothing is open. */
  readonly note: string | undefined
}

/**
 * Judges the URL of an endpoint by the rules of `endpoints check`. What only the service's own name servers can tell is left to the delivery, which
 * judges every connection.
 * @throws OperationsError `MR_OPERATIONS_INPUT`, which names the rule
 */
export async function judgeUrl(text: string, targets: Targets, pointer = '/url'): Promise<JudgedUrl> {
  const verdict = await targets.check(text)
  if (verdict.ok) return { href: verdict.url.href, note: undefined }
  const isOpen =
    verdict.rule === 'resolver-failed' || (verdict.rule === 'name-unresolved' && targets.policy.allowPrivate)
  if (!isOpen)
    throw wrongField(pointer, `is refused by ${verdict.rule}: ${verdict.detail}. ${targetRules[verdict.rule]}`)
  return {
    href: new URL(text).href,
    note: `${verdict.detail}: whether its addresses may be called is judged when something is delivered`,
  }
}
