import type { Overview } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { Time } from '../../ui/time.tsx'
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
      <Age what="Health" at={overview.services.as_of} now={overview.as_of} />
      <Age what="What waits" at={overview.consumers.as_of} now={overview.as_of} />
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

const OLD_MS = 15_000

/** Says of when figures are that are not those of now. */
function Age({ what, at, now }: { readonly what: string; readonly at: number | null; readonly now: number }) {
  if (at === null || now - at < OLD_MS) return null
  return (
    <p className="small soft">
      {what} as of <Time at={at} />
    </p>
  )
}

function StageCell({ stage }: { readonly stage: Stage }) {
  const { health, groups, lag } = stage
  // The first of them is what `detail` tells.
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
      {failing.slice(1).map(({ name, detail }) => (
        <span key={name} className="small break">
          {detail ?? `${name}: not ready`}
        </span>
      ))}
    </li>
  )
}

function Health({ state }: { readonly state: NonNullable<Stage['health']>['state'] | undefined }) {
  if (state === 'up') return <Badge tone="good">up</Badge>
  if (state === 'limited') return <Badge tone="warn">limited</Badge>
  if (state === 'not-ready') return <Badge tone="warn">not ready</Badge>
  if (state === 'down') return <Badge tone="bad">down</Badge>
  return <Badge>not known</Badge>
}
