import { useState } from 'react'
import { OwnPassword } from '../pages/own-password.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Facts } from '../ui/page.tsx'
import { useLeave, useMe } from './session.tsx'

/** Who is logged in; the own password; the way out. */
export function AccountMenu() {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  const leave = useLeave()
  return (
    <>
      <Button kind="quiet" onClick={() => setOpen(true)} aria-haspopup="dialog">
        {me.name}
      </Button>
      {isOpen && (
        <Dialog title={`Logged in as ${me.name}`} onClose={() => setOpen(false)}>
          <div className="dialog-body">
            <Facts of={me.tenants.map(({ tenant, role }) => [tenant, role] as const)} />
            <OwnPassword onDone={() => setOpen(false)} />
          </div>
          <footer className="dialog-foot">
            <Button onClick={() => leave().finally(() => location.assign('/'))}>Log out</Button>
          </footer>
        </Dialog>
      )}
    </>
  )
}
