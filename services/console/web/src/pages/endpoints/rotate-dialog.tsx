import { useState } from 'react'
import type { Endpoint, RotatedSecrets } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { BothTimes } from '../../ui/time.tsx'
import { SecretsOnce } from './secrets-once.tsx'

const HOUR_MS = 3_600_000
const overlaps = [
  { value: String(24 * HOUR_MS), label: '24 hours' },
  { value: String(HOUR_MS), label: '1 hour' },
  { value: String(7 * 24 * HOUR_MS), label: '7 days' },
  { value: '0', label: 'Not at all: the old one has leaked' },
]
const kinds = [
  { value: '', label: 'As it has' },
  { value: 'v1', label: 'HMAC-SHA256 (v1)' },
  { value: 'v1a', label: 'ed25519 (v1a)' },
  { value: 'both', label: 'Both' },
]

/** Makes a new secret, and shows it this once. */
export function RotateDialog({ of, onClose }: { readonly of: Endpoint; readonly onClose: () => void }) {
  const [overlap, setOverlap] = useState(String(24 * HOUR_MS))
  const [signature, setSignature] = useState('')
  const rotate = useTenantWrite<RotatedSecrets>()
  const body = { overlap_ms: Number(overlap), ...(signature === '' ? {} : { signature }) }
  if (rotate.data)
    return (
      <Dialog title="The new secret" onClose={onClose}>
        <div className="dialog-body">
          <SecretsOnce of={rotate.data} onDone={onClose}>
            {rotate.data.old_until !== null && (
              <p>
                The old one signs too until <BothTimes at={rotate.data.old_until} />.
              </p>
            )}
          </SecretsOnce>
        </div>
      </Dialog>
    )
  return (
    <Dialog title="Rotate the secret" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          rotate.mutate({ path: `/endpoints/${encodeURIComponent(of.endpoint_id)}/rotate`, body })
        }}
      >
        <p>While both sign, the receiver changes its secret without losing a delivery.</p>
        <Select label="The old one signs too for" options={overlaps} value={overlap} onValue={setOverlap} />
        <Select label="Kind" options={kinds} value={signature} onValue={setSignature} />
        {rotate.isError && <ProblemNote error={rotate.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={rotate.isPending}>
            Make a new secret
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
