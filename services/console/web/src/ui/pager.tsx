import { useSearchParams } from '../app/search-params.ts'
import { Button } from './button.tsx'

/** Says of a list without pages that there is more. */
export function OnlyFirst({ nextCursor, shown }: { readonly nextCursor: string | null; readonly shown: number }) {
  if (nextCursor === null) return null
  return <p className="in-panel soft small">Only the first {shown} are shown; the command line lists all.</p>
}

export interface PagerProps {
  readonly nextCursor: string | null | undefined
  readonly shown: number
  /** What is shown is still the list before: its cursor does not go with what the address says now. */
  readonly isBefore: boolean
  /** What else belongs to the next page's address. */
  readonly also?: Readonly<Record<string, string>>
}

/** Ways to the next page of a list and back to its start. The place is in the address, so the browser's back button is the way back. */
export function Pager({ nextCursor, shown, isBefore, also = {} }: PagerProps) {
  const { values, change } = useSearchParams(['cursor'])
  if (!nextCursor && values.cursor === '') return null
  return (
    <nav className="pager" aria-label="Pages of the list">
      <span className="soft small">{shown} shown</span>
      <span className="row">
        {values.cursor !== '' && <Button onClick={() => change({ cursor: '' })}>Back to the start</Button>}
        {nextCursor && (
          <Button isBusy={isBefore} onClick={() => change({ ...also, cursor: nextCursor })}>
            Next page
          </Button>
        )}
      </span>
    </nav>
  )
}
