import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'

interface Toast {
  readonly id: number
  readonly text: ReactNode
}

const SHOWN_MS = 6_000
const MOST = 4
const ToastContext = createContext<(text: ReactNode) => void>(() => {})
let lastId = 0

/** Short news of what was done; read out, gone after some seconds. What must not be missed belongs on the page. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const show = useCallback((text: ReactNode) => {
    lastId += 1
    const id = lastId
    setToasts((before) => [...before, { id, text }].slice(-MOST))
    setTimeout(() => setToasts((before) => before.filter((toast) => toast.id !== id)), SHOWN_MS)
  }, [])
  return (
    <ToastContext value={show}>
      {children}
      <ul className="toasts" aria-live="polite">
        {toasts.map((toast) => (
          <li key={toast.id}>{toast.text}</li>
        ))}
      </ul>
    </ToastContext>
  )
}

export function useToast(): (text: ReactNode) => void {
  return useContext(ToastContext)
}
