import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextArea } from './field.tsx'
import { ProblemNote } from './query-state.tsx'

interface ConfirmDialogProps {
  readonly title: string
  /** What the button says: the deed, not "OK". */
  readonly verb: string
  /** What follows from it. */
  readonly children: ReactNode
  readonly error?: Error | null
  readonly isBusy?: boolean
  readonly isDanger?: boolean
  /** `none`: nobody asks for one. `required`: nothing goes without. */
  readonly reason?: 'none' | 'optional' | 'required'
  readonly onClose: () => void
  /** Failures are shown by `error`. */
  readonly onConfirm: (reason: string) => Promise<void>
}

/** Asks before something is done, with what follows from it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    title,
    verb,
    children,
    error,
    isBusy = false,
    isDanger = false,
    reason: asks = 'none',
    onClose,
    onConfirm,
  } = props
  const [reason, setReason] = useState('')
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onConfirm(reason.trim()).catch(() => {})
        }}
      >
        <div>{children}</div>
        {asks !== 'none' && (
          <TextArea
            label={asks === 'required' ? 'Reason' : 'Reason (may be left out)'}
            required={asks === 'required'}
            maxLength={500}
            value={reason}
            onValue={setReason}
          />
        )}
        {error && <ProblemNote error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind={isDanger ? 'danger' : 'primary'} isBusy={isBusy}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
