import { useMe } from '../../app/session.tsx'

/** Says who decides here; that one person may is said wherever one decides. */
export function ModeNote() {
  if (useMe().approvals !== 'one-person')
    return (
      <p className="soft">
        A request is decided by a second person: not by who asked, and not by an account that they made.
      </p>
    )
  return (
    <div className="note is-warn">
      <span>
        <strong>One person is enough here.</strong> This installation lets whoever asks decide too
        (CONSOLE_APPROVALS=one-person); the audit says so of each decision.
      </span>
    </div>
  )
}
