import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { CopyText } from '../../ui/copy-text.tsx'

export interface NewSecrets {
  readonly secrets: readonly string[]
  readonly public_keys: readonly string[]
}

interface SecretsOnceProps {
  readonly of: NewSecrets
  /** What follows for those who verify. */
  readonly children?: ReactNode
  readonly onDone: () => void
}

/** New secrets, shown this once: they are in the memory of this page alone and gone when it is left. */
export function SecretsOnce({ of: { secrets, public_keys }, children, onDone }: SecretsOnceProps) {
  return (
    <div className="note is-warn secrets-once" role="status">
      <div className="stack">
        {secrets.length > 0 && (
          <p>
            <strong>Copy the secret now: it is not shown again.</strong> The receiver verifies signatures with it.
          </p>
        )}
        <ul className="stack">
          {secrets.map((secret) => (
            <li key={secret}>
              <CopyText text={secret} what="secret" />
            </li>
          ))}
          {public_keys.map((key) => (
            <li key={key}>
              Public key (v1a, may be shown to anybody): <CopyText text={key} what="public key" />
            </li>
          ))}
        </ul>
        {secrets.length === 0 && public_keys.length === 0 && <p>It is unsigned, so there is no secret.</p>}
        {children}
        <div>
          <Button onClick={onDone}>{secrets.length === 0 ? 'Done' : 'I have stored it'}</Button>
        </div>
      </div>
    </div>
  )
}
