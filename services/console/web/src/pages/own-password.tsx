import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useWrite } from '../app/api.ts'
import { meKey, useMe } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { TextInput } from '../ui/field.tsx'
import { ProblemNote } from '../ui/query-state.tsx'
import { useToast } from '../ui/toast.tsx'

const LEAST_LENGTH = 12

/** Sets the own password; after a login by link it is the first thing to do, as the link works once. */
export function OwnPassword({ onDone }: { readonly onDone: () => void }) {
  const { has_password } = useMe()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const write = useWrite<undefined>()
  const client = useQueryClient()
  const toast = useToast()
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const body = current === '' ? { password } : { password, current }
    await write.mutateAsync({ method: 'PUT', path: '/api/v1/me/password', body })
    await client.invalidateQueries({ queryKey: meKey })
    toast('The password is set.')
    onDone()
  }
  return (
    <form onSubmit={(event) => save(event).catch(() => {})} className="stack">
      {has_password && (
        <TextInput
          label="Current password"
          type="password"
          name="current-password"
          autoComplete="current-password"
          hint="Not needed if you came by a one-time link."
          value={current}
          onValue={setCurrent}
        />
      )}
      <TextInput
        label="New password"
        type="password"
        name="new-password"
        autoComplete="new-password"
        required
        minLength={LEAST_LENGTH}
        hint={`At least ${LEAST_LENGTH} characters. All your other sessions end.`}
        value={password}
        onValue={setPassword}
      />
      {write.error && <ProblemNote error={write.error} />}
      <div className="dialog-actions">
        <Button type="submit" kind="primary" isBusy={write.isPending}>
          Set password
        </Button>
      </div>
    </form>
  )
}
