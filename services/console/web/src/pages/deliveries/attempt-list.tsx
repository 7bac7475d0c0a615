import type { DeliveryAttempt } from '../../app/answers.ts'
import { Status } from '../../ui/badge.tsx'
import { Time } from '../../ui/time.tsx'
import { formatDuration } from '../../ui/time-format.ts'

/** Tries of one delivery in order of time, each with its steps drawn to the scale of the longest. */
export function AttemptList({ of }: { readonly of: readonly DeliveryAttempt[] }) {
  const longestMs = Math.max(1, ...of.map(({ duration_ms }) => duration_ms))
  return (
    <ol className="attempts">
      {of.map((each) => (
        <li key={`${each.run_id} ${each.attempt} ${each.started_at}`}>
          <Attempt of={each} longestMs={longestMs} />
        </li>
      ))}
    </ol>
  )
}

function Attempt({ of, longestMs }: { readonly of: DeliveryAttempt; readonly longestMs: number }) {
  return (
    <article>
      <header>
        <strong>Try {of.attempt}</strong>
        <Status of={of.outcome} />
        <span>{of.status_code === null ? 'no answer' : `status ${of.status_code}`}</span>
        {of.error_code !== null && <code className="small break">{of.error_code}</code>}
        {of.run_id !== null && <span className="small soft">of a replay</span>}
        <span className="small soft attempt-time">
          <Time at={of.started_at} detail="milliseconds" />
        </span>
      </header>
      <StepBar of={of} longestMs={longestMs} />
      <p className="small soft">{[duration(of), reached(of), follows(of)].filter(Boolean).join(' ')}</p>
      {of.next_attempt_at !== null && (
        <p className="small soft">
          Next try <Time at={of.next_attempt_at} />
        </p>
      )}
      {of.answer !== null && of.answer !== '' && <Answer text={of.answer} />}
    </article>
  )
}

const steps = [
  { name: 'DNS', of: ({ dns_us }: DeliveryAttempt) => dns_us, series: 6 },
  { name: 'connect', of: ({ connect_us }: DeliveryAttempt) => connect_us, series: 2 },
  { name: 'TLS', of: ({ tls_us }: DeliveryAttempt) => tls_us, series: 3 },
  { name: 'first byte', of: ({ first_byte_us }: DeliveryAttempt) => first_byte_us, series: 1 },
] as const

/** Decoration: the same figures stand in words below it. */
function StepBar({ of, longestMs }: { readonly of: DeliveryAttempt; readonly longestMs: number }) {
  return (
    <div
      className="step-bar"
      aria-hidden="true"
      style={{ width: `${Math.max(0.5, (of.duration_ms / longestMs) * 100)}%` }}
    >
      {steps.map(({ name, of: pick, series }) => {
        const ms = (pick(of) ?? 0) / 1_000
        const share = of.duration_ms > 0 ? Math.min(100, (ms / of.duration_ms) * 100) : 0
        return share === 0 ? null : <i key={name} className={`is-series-${series}`} style={{ width: `${share}%` }} />
      })}
    </div>
  )
}

function duration(of: DeliveryAttempt): string {
  const parts = steps.flatMap(({ name, of: pick }) => {
    const us = pick(of)
    return us === null ? [] : [`${name} ${formatDuration(us / 1_000)}`]
  })
  const whole = formatDuration(of.duration_ms)
  return `Took ${whole}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}.`
}

const phases: Readonly<Record<string, string>> = {
  none: 'Nothing was sent.',
  dns: 'It ended at resolving the name.',
  proxy: 'It ended at the egress proxy.',
  connect: 'It ended at connecting.',
  tls: 'It ended at the TLS handshake.',
  consent: 'It ended at asking for consent.',
  headers: 'It ended before the answer’s head came.',
  body: 'It ended in the answer’s body.',
}

function reached({ outcome, phase, address, is_reused }: DeliveryAttempt): string {
  const where = address === null ? '' : `To ${address}${is_reused ? ', on an open connection' : ''}.`
  return [outcome === 'succeeded' ? '' : (phases[phase] ?? ''), where].filter(Boolean).join(' ')
}

const plans: Readonly<Record<string, string>> = {
  retry: 'It is tried again.',
  throttle: 'The endpoint asked for less; it is tried later.',
  wait: 'It waits for the endpoint.',
  repeat: 'It is tried again at once.',
  disable: 'The endpoint was disabled.',
  'dead-letter': 'It was given up.',
  drop: 'It was dropped.',
}

function follows({ plan, outcome }: DeliveryAttempt): string {
  return outcome === 'succeeded' ? '' : (plans[plan] ?? '')
}

function Answer({ text }: { readonly text: string }) {
  return (
    <details>
      <summary className="small">What the endpoint answered</summary>
      <pre className="answer">{text}</pre>
    </details>
  )
}
