import { targetRules } from '@millrace/domain'
import type { Targets } from '@millrace/service-kit'
import { type Terminal, usage } from './command.ts'

/**
 * The URL of an endpoint in its canonical form, judged by the rules of `endpoints check`. What only the service's own name servers can tell is left to the
 * delivery, which judges every connection.
 * @throws CliError `MR_CLI_USAGE`, which names the rule
 */
export async function endpointUrl(
  text: string,
  targets: Targets,
  terminal: Terminal,
  command: string,
): Promise<string> {
  const verdict = await targets.check(text)
  if (verdict.ok) return verdict.url.href
  const isOpen =
    verdict.rule === 'resolver-failed' || (verdict.rule === 'name-unresolved' && targets.policy.allowPrivate)
  if (!isOpen)
    throw usage(`the URL is refused by ${verdict.rule}: ${verdict.detail}. ${targetRules[verdict.rule]}`, command)
  terminal.note(`${verdict.detail}: whether its addresses may be called is judged when something is delivered`)
  return new URL(text).href
}
