import type { Notice } from '../../app/answers.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { Time } from '../../ui/time.tsx'

const tones: Readonly<Record<string, Tone>> = { info: 'info', warning: 'warn', critical: 'bad' }

/** What the services thought an operator should know. */
export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  return (
    <Panel title="Notices">
      {notices.length === 0 ? (
        <Empty title="None." />
      ) : (
        <ul className="stack">
          {notices.map(({ notice_id, severity, at, writer, text }) => (
            <li key={notice_id}>
              <span className="row small soft">
                <Badge tone={tones[severity] ?? 'plain'}>{severity}</Badge>
                <Time at={at} /> {writer}
              </span>
              <p className="break">{text}</p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
