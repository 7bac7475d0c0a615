import { type FormEvent, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'

/** An id of an event, webhook, conversation, client or delivery finds its events; that of an endpoint or approval its page. `/` puts the cursor there. */
export function GlobalSearch() {
  const [, navigate] = useLocation()
  const input = useRef<HTMLInputElement>(null)
  useSlashKey(() => input.current?.focus())
  const search = (event: FormEvent) => {
    event.preventDefault()
    const text = input.current?.value.trim() ?? ''
    if (text !== '') navigate(hrefOf(text))
  }
  return (
    <search className="bar-search">
      <form onSubmit={search}>
        <input
          ref={input}
          type="search"
          name="q"
          aria-label="Find by id"
          placeholder="Find by id: evt_…, cnv_…, msg_…, ep_…"
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </search>
  )
}

/** What has a page of its own; all other ids are of events. */
const pages: readonly (readonly [prefix: string, page: string])[] = [
  ['ep_', '/endpoints'],
  ['apr_', '/approvals'],
]

function hrefOf(id: string): string {
  const page = pages.find(([prefix]) => id.startsWith(prefix))?.[1]
  return page === undefined ? `/events?q=${encodeURIComponent(id)}` : `${page}/${encodeURIComponent(id)}`
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
