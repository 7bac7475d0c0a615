import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Problem, RequestFailed } from '../app/request.ts'
import { useSearchParams } from '../app/search-params.ts'
import { Button } from './button.tsx'
import { Ago, Time } from './time.tsx'

export interface QueryStateProps<T> {
  readonly query: UseQueryResult<T, Error>
  /** Whether what came has nothing to show; then `empty` is shown. */
  readonly isEmpty?: (data: T) => boolean
  /** Says why there is nothing, and what to do about it. */
  readonly empty?: ReactNode
  readonly children: (data: T) => ReactNode
}

/** What a query has to say at each moment: loading, an error with a way on, nothing, data, or data that is not fresh any more. */
export function QueryState<T>({ query, isEmpty, empty, children }: QueryStateProps<T>) {
  if (query.data === undefined) {
    if (query.isError && isOfCursor(query.error)) return <NoSuchPage />
    if (query.isError) return <ProblemNote error={query.error} onRetry={() => query.refetch()} />
    return <Loading />
  }
  return (
    <>
      {query.isError && <StaleNote error={query.error} since={query.dataUpdatedAt} />}
      {isEmpty?.(query.data) ? empty : children(query.data)}
    </>
  )
}

/** As of an address whose filter was changed by hand: to try again would not help. */
function NoSuchPage() {
  const { change } = useSearchParams([])
  return (
    <div className="note is-bad" role="alert">
      <span>This address names a page of another list: its filters were others.</span>
      <Button size="small" onClick={() => change({ cursor: '' })}>
        Back to the start
      </Button>
    </div>
  )
}

function isOfCursor(error: Error): boolean {
  return error instanceof RequestFailed && !!error.problem.errors?.some(({ pointer }) => pointer.endsWith('/cursor'))
}

export function Loading({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div className="loading" role="status">
      <span className="hidden-text">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} style={{ width: `${90 - line * 14}%` }} />
      ))}
    </div>
  )
}

/** An error of a read or a write, in words, with the code to look it up by. */
export function ProblemNote({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }) {
  const problem = error instanceof RequestFailed ? error.problem : undefined
  return (
    <div className="note is-bad" role="alert">
      <span>
        <strong>{titleOf(error)}</strong> {problem?.detail ?? (problem ? '' : error.message)}
        {problem?.stale_since !== undefined && (
          <>
            {' '}
            Nothing new since <Time at={problem.stale_since} />.
          </>
        )}
        {untold(problem).map((one) => (
          <span key={`${one.pointer} ${one.detail}`}>
            {' '}
            {one.pointer} {one.detail}.
          </span>
        ))}
      </span>
      {problem?.code && <code className="small">{problem.code}</code>}
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** The detail may have said some already. */
function untold(problem: Problem | undefined) {
  return (problem?.errors ?? []).filter(({ detail }) => !problem?.detail?.includes(detail))
}

function StaleNote({ error, since }: { readonly error: Error; readonly since: number }) {
  return (
    <div className="note is-warn" role="status">
      <span>
        Stale since <Time at={since} /> (<Ago at={since} />
        ): {error.message}
      </span>
    </div>
  )
}

function titleOf(error: Error): string {
  if (!(error instanceof RequestFailed)) return 'This did not work.'
  if (error.problem.status === 404) return 'Not found.'
  if (error.problem.code === 'MR_CONSOLE_FORBIDDEN') return 'Your role does not allow this.'
  return `${error.problem.title}.`
}

/** Nothing to show: why, and what to do next. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </div>
  )
}
