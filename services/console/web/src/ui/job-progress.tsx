import type { ReactNode } from 'react'
import { Status } from './badge.tsx'
import { Button } from './button.tsx'
import { Time } from './time.tsx'
import { formatCount } from './time-format.ts'

export interface Job {
  readonly state: string
  readonly total: number | null
  readonly done: number
  readonly waits_for: string | null
  readonly error: string | null
  readonly created_at: number
  readonly ended_at: number | null
}

interface JobProgressProps {
  readonly of: Job
  /** What it does, in a few words. */
  readonly title: ReactNode
  /** Left out where it may not be cancelled by this person. */
  readonly onCancel?: (() => void) | undefined
}

const ended = ['done', 'cancelled', 'failed']

/** Whether a replay or redrive has come to its end. */
export function isEnded({ state }: Pick<Job, 'state'>): boolean {
  return ended.includes(state)
}

/** How far a replay or redrive is, why it waits, and a way to stop it. */
export function JobProgress({ of, title, onCancel }: JobProgressProps) {
  const counts = of.total === null ? 'being counted' : `${formatCount(of.done)} of ${formatCount(of.total)}`
  return (
    <div className="job">
      <div className="row">
        <strong className="break">{title}</strong>
        <Status of={of.state} />
        <span className="soft small">{counts}</span>
        <span className="soft small job-time">
          {of.ended_at === null ? 'since ' : 'ended '}
          <Time at={of.ended_at ?? of.created_at} />
        </span>
        {onCancel && !isEnded(of) && (
          <Button size="small" onClick={onCancel}>
            Cancel
          </Button>
        )}
      </div>
      {!isEnded(of) && (
        <progress max={of.total ?? undefined} value={of.total === null ? undefined : of.done} aria-label="Progress" />
      )}
      {of.waits_for !== null && <p className="soft small">Waits: {of.waits_for}</p>}
      {of.error !== null && <p className="small job-error">{of.error}</p>}
    </div>
  )
}
