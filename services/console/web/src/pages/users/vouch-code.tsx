import { useMe } from '../../app/session.tsx'
import { Panel } from '../../ui/page.tsx'
import { listed } from './listed.ts'

/** What one reads out to whoever vouches for one; nothing where a vouch would change nothing. */
export function VouchCode() {
  const { vouch_code: code, counts_with: others } = useMe()
  if (code === null) return null
  return (
    <Panel title="Your number for vouching">
      <p>
        <strong className="mono">{`${code.slice(0, 4)} ${code.slice(4)}`}</strong>
      </p>
      <p className="soft">
        Where a second person is asked for, you count as one person with {listed(others)}, until somebody independent of
        them vouches for you. Read this number to an administrator who is none of them, in person. Then this login alone
        stays, and you set a new password in it.
      </p>
    </Panel>
  )
}
