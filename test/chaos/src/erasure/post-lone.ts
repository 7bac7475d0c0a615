import { type RunningSystem, signFront, signMake } from '@millrace/test-support'
import { type Lone, loneRequest } from './canaries.ts'
import { insisting, Refused } from './people.ts'

const REQUESTS_EACH = 3
const ACKNOWLEDGED_WITHIN_MS = 600_000

/** Posts what is about contacts and clients, one after the other, each until it is acknowledged. @returns how many requests */
export async function postLone(system: RunningSystem, people: readonly Lone[]): Promise<number> {
  for (const person of people)
    for (let nth = 0; nth < REQUESTS_EACH; nth++) {
      const { path, body } = loneRequest(person, nth)
      await insisting(async () => {
        const headers =
          person.kind === 'contact' ? signFront(body, 'app', system.webhookSecret) : signMake(body, system.makeSecret)
        const answer = await fetch(`${system.gatewayUrl}${path}`, { method: 'POST', headers, body })
        await answer.arrayBuffer()
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429)
          throw new Refused(`the gateway refused a ${person.kind} with ${answer.status}`)
        return answer.ok ? true : undefined
      }, ACKNOWLEDGED_WITHIN_MS)
    }
  return people.length * REQUESTS_EACH
}
