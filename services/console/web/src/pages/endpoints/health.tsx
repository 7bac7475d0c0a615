import type { ReactNode } from 'react'
import type { Endpoint } from '../../app/answers.ts'
import { Ago, Time } from '../../ui/time.tsx'
import { stateOf } from './endpoint-state.tsx'

/** Whether the endpoint gets anything now; where not, why, since when, and what ends it. */
export function Health({ of }: { readonly of: Endpoint }) {
  const { word, tone } = stateOf(of)
  const classes = { good: '', plain: '', info: '', warn: 'is-warn', bad: 'is-bad' }
  return (
    <div className={`note ${classes[tone]}`} role="status">
      <span>
        <strong>{headings[word] ?? word}.</strong> {explained(of)}
      </span>
    </div>
  )
}

const headings: Readonly<Record<string, string>> = {
  enabled: 'Enabled, breaker closed',
  disabled: 'Disabled by its owner',
  fails: 'Its last tries failed',
  'asked to wait': 'It asked for nothing for a while',
  'breaker open': 'Breaker open',
  'breaker half open': 'Breaker half open',
  'gone (410)': 'Disabled: it answered 410 Gone',
  'disabled: failing': 'Disabled: it answered nothing but failures',
}

function explained(of: Endpoint): ReactNode {
  const { state, disabled_at, breaker, next_probe_at, failing_since, blocked_until } = of
  if (state === 'disabled') return 'It gets nothing, and what waited for it was dropped.'
  if (state === 'gone' || state === 'failing')
    return (
      <>
        Since <Time at={disabled_at} />. Enabling it lets it get deliveries again.
      </>
    )
  if (breaker !== 'closed')
    return (
      <>
        Deliveries wait; a probe goes out {next_probe_at === null ? 'next' : <Time at={next_probe_at} />}.{' '}
        <Failing since={failing_since} />
      </>
    )
  if (blocked_until !== null)
    return (
      <>
        Deliveries wait until <Time at={blocked_until} />, as it asked.
      </>
    )
  return failing_since === null ? 'Deliveries go out.' : <Failing since={failing_since} />
}

function Failing({ since }: { readonly since: number | null }) {
  if (since === null) return null
  return (
    <>
      Failing since <Time at={since} /> (<Ago at={since} />
      ).
    </>
  )
}
