import { useState } from 'react'
import type { User } from '../../app/answers.ts'
import { useWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextInput } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { useToast } from '../../ui/toast.tsx'

/** Stands for it that an account is a person of its own, by the number that the person reads out. */
export function VouchDialog({ of, onClose }: { readonly of: User; readonly onClose: () => void }) {
  const [code, setCode] = useState('')
  const vouch = useWrite()
  const toast = useToast()
  const save = async () => {
    await vouch.mutateAsync({ path: `/api/v1/users/${encodeURIComponent(of.id)}/vouch`, body: { code } })
    toast(`${of.name} counts as a person of their own, and now sets a new password.`)
    onClose()
  }
  return (
    <Dialog title={`Vouch for ${of.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          save().catch(() => {})
        }}
      >
        <p>
          You say that {of.name} is a person of their own, not whoever made the account. Let them log in, open “Users
          and tokens” and read you their number, in person. That login stays; all links, other logins, tokens, open
          requests and the password of the account end.
        </p>
        <TextInput
          label="Their number"
          required
          autoComplete="off"
          value={code}
          onValue={setCode}
          hint="Eight digits"
        />
        {vouch.isError && <ProblemNote error={vouch.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={vouch.isPending}>
            Vouch
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
