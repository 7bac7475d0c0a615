import { useState } from 'react'
import { OwnPassword } from '../pages/own-password.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Facts } from '../ui/page.tsx'
import { BothTimes } from '../ui/time.tsx'
import { useLeave, useMe } from './session.tsx'

/** Who is logged in; the own password; the way out. */
export function AccountMenu() {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)} aria-haspopup="dialog">
        {me.name}
      </Button>
      {isOpen && <AccountDialog onClose={() => setOpen(false)} />}
    </>
  )
}

/** Says to whom came by a one-time link that it has worked once. */
export function PasswordNote() {
  const { kind, has_password } = useMe()
  const [isOpen, setOpen] = useState(false)
  if (kind !== 'user' || has_password) return null
  return (
    <div className="note">
      <span>You came by a one-time link. With a password you can come back when this session has ended.</span>
      <Button size="small" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Set a password
      </Button>
      {isOpen && <AccountDialog onClose={() => setOpen(false)} />}
    </div>
  )
}

function AccountDialog({ onClose }: { readonly onClose: () => void }) {
  const me = useMe()
  const leave = useLeave()
  return (
    <Dialog title={`Logged in as ${me.name}`} onClose={onClose}>
      <div className="dialog-body">
        <Facts
          of={[
            ...me.tenants.map(({ tenant, role }) => [tenant, role] as const),
            ['Session ends', me.expires_at && <BothTimes key="end" at={me.expires_at} />],
          ]}
        />
        <OwnPassword onDone={onClose} />
      </div>
      <footer className="dialog-foot">
        <Button onClick={() => leave().finally(() => location.assign('/'))}>Log out</Button>
      </footer>
    </Dialog>
  )
}
