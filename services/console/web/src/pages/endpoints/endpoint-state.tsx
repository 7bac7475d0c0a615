import type { Endpoint } from '../../app/answers.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'

interface Shown {
  readonly word: string
  readonly tone: Tone
}

/** How an endpoint does, in a word: by its owner, by the service, by its breaker, by its failures; the first that holds. */
export function stateOf(endpoint: Pick<Endpoint, 'state' | 'breaker' | 'failing_since' | 'blocked_until'>): Shown {
  const { state, breaker, failing_since, blocked_until } = endpoint
  if (state === 'gone') return { word: 'gone (410)', tone: 'bad' }
  if (state === 'failing') return { word: 'disabled: failing', tone: 'bad' }
  if (state === 'disabled') return { word: 'disabled', tone: 'warn' }
  if (breaker === 'open') return { word: 'breaker open', tone: 'bad' }
  if (breaker === 'half_open') return { word: 'breaker half open', tone: 'warn' }
  if (blocked_until !== null) return { word: 'asked to wait', tone: 'warn' }
  if (failing_since !== null) return { word: 'fails', tone: 'warn' }
  return { word: 'enabled', tone: 'good' }
}

export function EndpointState({ of }: { readonly of: Endpoint }) {
  const { word, tone } = stateOf(of)
  return <Badge tone={tone}>{word}</Badge>
}
