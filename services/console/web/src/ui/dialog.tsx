import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './button.tsx'
import { CloseIcon } from './icons.tsx'

export interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A modal dialog while it is rendered: the browser keeps the focus inside, Escape closes it, and the focus goes back where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    // Where there is something to fill in, one begins there and not at the button that closes.
    element?.querySelector<HTMLElement>('form :is(input, select, textarea)')?.focus()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <header className="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" size="small" onClick={onClose} aria-label="Close">
          <CloseIcon />
        </Button>
      </header>
      {children}
    </dialog>
  )
}
