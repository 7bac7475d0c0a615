import type { Overview } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { formatCount } from '../../ui/time-format.ts'
import { othersOf, type Stage, stagesOf } from './stages.ts'

/** The way of every event as one line: each service with its health, and what waits before it. */
export function Race({ overview }: { readonly overview: Overview }) {
  return (
    <section aria-label="Services and what waits before each">
      <ol className="race">
        {stagesOf(overview).map((stage) => (
          <StageCell key={stage.name} stage={stage} />
        ))}
      </ol>
      <ul className="race-others small">
        {othersOf(overview).map(({ name, state, detail }) => (
          <li key={name} className="row">
            {name} <Health state={state} /> {detail && <span className="soft break">{detail}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function StageCell({ stage }: { readonly stage: Stage }) {
  const { health, groups, lag } = stage
  const failing = health?.checks.filter(({ is_ok }) => !is_ok) ?? []
  return (
    <li className={`stage is-${health?.state ?? 'unknown'}`}>
      <strong>{stage.name}</strong>
      <div className="row small soft">
        <Health state={health?.state} /> {stage.does}
      </div>
      {groups.length > 0 && (
        <details className="small">
          <summary>
            {lag === null ? 'lag not known' : lag === 0 ? 'nothing waits' : `${formatCount(lag)} waiting`}
          </summary>
          <ul>
            {groups.map(({ group, topic, lag: own }) => (
              <li key={`${group} ${topic}`}>
                {group}: {own === null ? 'not known' : formatCount(own)} <span className="soft break">of {topic}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {health?.detail && <span className="small break">{health.detail}</span>}
      {failing.map(({ name, detail }) => (
        <span key={name} className="small break">
          {name}: {detail ?? 'not ready'}
        </span>
      ))}
    </li>
  )
}

function Health({ state }: { readonly state: 'up' | 'not-ready' | 'down' | undefined }) {
  if (state === 'up') return <Badge tone="good">up</Badge>
  if (state === 'not-ready') return <Badge tone="warn">not ready</Badge>
  if (state === 'down') return <Badge tone="bad">down</Badge>
  return <Badge>not known</Badge>
}
