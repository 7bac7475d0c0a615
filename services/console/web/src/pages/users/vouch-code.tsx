import { useMe } from '../../app/session.tsx'
import { Panel } from '../../ui/page.tsx'

/** What one reads out to whoever vouches for one; nothing where one person is enough, or for a token. */
export function VouchCode() {
  const { vouch_code: code, approvals } = useMe()
  if (code === null || approvals === 'one-person') return null
  return (
    <Panel title="Your number for vouching">
      <p>
        <strong className="mono">{`${code.slice(0, 4)} ${code.slice(4)}`}</strong>
      </p>
      <p className="soft">
        Until somebody independent vouches for you, you count as whoever made your account where a second person is
        asked for. Read this number to an administrator who did not make your account, in person. Then this login alone
        stays, and you set a new password in it.
      </p>
    </Panel>
  )
}
