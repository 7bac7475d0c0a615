import { useState } from 'react'
import type { MadeToken } from '../../app/answers.ts'
import { useWrite } from '../../app/api.ts'
import { useMe } from '../../app/session.tsx'
import { useTenant } from '../../app/tenant.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyText } from '../../ui/copy-text.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select, TextInput } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { type Grant, GrantFields } from './grant-fields.tsx'

const lives = [
  { value: '90', label: '90 days' },
  { value: '7', label: '7 days' },
  { value: '365', label: 'a year' },
  { value: '', label: 'until it is revoked' },
]

/** Makes a token, and shows it this once. It never may do more than who makes it. */
export function TokenDialog({ onClose }: { readonly onClose: () => void }) {
  const tenant = useTenant()
  const isSeen = useMe().tenants.some((one) => one.tenant === tenant)
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [grants, setGrants] = useState<readonly Grant[]>(isSeen ? [{ tenant, role: 'viewer' }] : [])
  const make = useWrite<MadeToken>()
  if (make.data)
    return (
      <Dialog title="The new token" onClose={onClose}>
        <div className="dialog-body">
          <div className="note is-warn">
            <span>
              <strong>Copy the token now: it is not shown again.</strong> A program sends it as{' '}
              <code>Authorization: Bearer …</code>.
            </span>
          </div>
          <CopyText text={make.data.secret} what="token" />
          <div className="dialog-actions">
            <Button kind="primary" onClick={onClose}>
              I have stored it
            </Button>
          </div>
        </div>
      </Dialog>
    )
  const body = { name: name.trim(), roles: grants, expires_in_days: days === '' ? null : Number(days) }
  return (
    <Dialog title="Make a token" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate({ path: '/api/v1/tokens', body })
        }}
      >
        <TextInput
          label="What it is for"
          required
          maxLength={100}
          placeholder="nightly report"
          value={name}
          onValue={setName}
        />
        <Select label="It lasts" options={lives} value={days} onValue={setDays} />
        <GrantFields grants={grants} onChange={setGrants} />
        {make.isError && <ProblemNote error={make.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={make.isPending} disabled={grants.length === 0}>
            Make it
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
