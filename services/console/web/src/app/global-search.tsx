import { type FormEvent, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/** Any id finds its events: of an event, webhook, conversation, client or delivery. `/` puts the cursor there. */
export function GlobalSearch() {
  const [, navigate] = useLocation()
  const input = useRef<HTMLInputElement>(null)
  useSlashKey(() => input.current?.focus())
  const search = (event: FormEvent) => {
    event.preventDefault()
    const text = input.current?.value.trim() ?? ''
    if (text !== '') navigate(`/events?q=${encodeURIComponent(text)}`)
  }
  return (
    <search className="bar-search">
      <form onSubmit={search}>
        <input
          ref={input}
          type="search"
          name="q"
          aria-label="Find an event by any id"
          placeholder="Find by any id: evt_…, cnv_…, msg_…"
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </search>
  )
}

function useSlashKey(act: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select')
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
