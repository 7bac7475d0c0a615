import { useState } from 'react'
import type { LinkedUser, User } from '../../app/answers.ts'
import { useWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { CopyText } from '../../ui/copy-text.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, TextInput } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { BothTimes } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { type Grant, GrantFields } from './grant-fields.tsx'

interface UserDialogProps {
  /** Null for a new one. */
  readonly of: User | null
  readonly onClose: () => void
}

/** Adds or changes a user. An administrator never knows a password: the user sets it by a one-time link. */
export function UserDialog({ of, onClose }: UserDialogProps) {
  const [name, setName] = useState(of?.name ?? '')
  const [email, setEmail] = useState(of?.email ?? '')
  const [grants, setGrants] = useState<readonly Grant[]>(of?.roles ?? [])
  const [isDisabled, setDisabled] = useState(of?.is_disabled ?? false)
  const add = useWrite<LinkedUser>()
  const change = useWrite<User>()
  const link = useWrite<LinkedUser>()
  const toast = useToast()
  const path = `/api/v1/users/${encodeURIComponent(of?.id ?? '')}`
  const submit = async () => {
    const fields = { email: email.trim() || null, roles: grants }
    if (of === null)
      return void (await add.mutateAsync({ path: '/api/v1/users', body: { ...fields, name: name.trim() } }))
    await change.mutateAsync({ method: 'PATCH', path, body: { ...fields, is_disabled: isDisabled } })
    toast(`${of.name} is changed; that holds from the next request on.`)
    onClose()
  }
  const linked = add.data ?? link.data
  if (linked) return <LinkOnce of={linked} onClose={onClose} />
  const error = add.error ?? change.error ?? link.error
  return (
    <Dialog title={of === null ? 'Add a user' : `Change ${of.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit().catch(() => {})
        }}
      >
        {of === null && (
          <TextInput
            label="Name to log in with"
            required
            maxLength={100}
            autoComplete="off"
            value={name}
            onValue={setName}
            hint="Lower-case letters, digits and . _ @ + -"
          />
        )}
        <TextInput label="Email (may be left out)" type="email" maxLength={320} value={email} onValue={setEmail} />
        <GrantFields grants={grants} onChange={setGrants} />
        {of !== null && (
          <Checkbox label="Disabled: may not log in, and their tokens end" checked={isDisabled} onValue={setDisabled} />
        )}
        {error && <ProblemNote error={error} />}
        <div className="dialog-actions">
          {of !== null && (
            <Button kind="quiet" isBusy={link.isPending} onClick={() => link.mutate({ path: `${path}/link` })}>
              New one-time link
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={add.isPending || change.isPending}>
            {of === null ? 'Add' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function LinkOnce({ of, onClose }: { readonly of: LinkedUser; readonly onClose: () => void }) {
  return (
    <Dialog title={`Link for ${of.user.name}`} onClose={onClose}>
      <div className="dialog-body">
        <div className="note is-warn">
          <span>
            <strong>Copy the link now: it is not shown again.</strong> It lets {of.user.name} in once, to set a
            password, until <BothTimes at={of.link_expires_at} />.
          </span>
        </div>
        <CopyText text={of.link} what="link" />
        <div className="dialog-actions">
          <Button kind="primary" onClick={onClose}>
            I have passed it on
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
