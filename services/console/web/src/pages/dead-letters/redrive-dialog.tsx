import { useState } from 'react'
import type { DeadLetterTopic, Redrive, RedrivePlan } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select, TextArea, TextInput } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { formatCount, formatDuration } from '../../ui/time-format.ts'
import { useToast } from '../../ui/toast.tsx'

interface RedriveDialogProps {
  readonly of: Pick<DeadLetterTopic, 'source_topic' | 'group' | 'codes'>
  /** Only this one, by its place in the dead-letter topic. */
  readonly position?: string | undefined
  readonly onClose: () => void
}

/** Counts first, exactly and without doing anything; then does just that. A change of the selection asks for a new count. */
export function RedriveDialog({ of, position, onClose }: RedriveDialogProps) {
  const [code, setCode] = useState('')
  const [rate, setRate] = useState('20')
  const [reason, setReason] = useState('')
  const plan = useTenantWrite<RedrivePlan>({ isHarmless: true })
  const start = useTenantWrite<Redrive>()
  const toast = useToast()
  const body = {
    topic: of.source_topic,
    group: of.group,
    selection: { ...(code === '' ? {} : { code }), ...(position === undefined ? {} : { positions: [position] }) },
    rate: Number(rate),
    reason,
  }
  const count = () => plan.mutate({ path: '/redrives', body: { ...body, dry_run: true } })
  const changed = (set: (value: string) => void) => (value: string) => {
    set(value)
    plan.reset()
    start.reset()
  }
  const begin = async () => {
    const made = await start.mutateAsync({ path: '/redrives', body: { ...body, dry_run: false } })
    toast(made.state === 'waiting-for-approval' ? 'The redrive waits for a second person.' : 'The redrive has begun.')
    onClose()
  }
  const codes = [
    { value: '', label: 'all classes' },
    ...of.codes.map((each) => ({ value: each.code, label: `${each.code} (${each.count})` })),
  ]
  return (
    <Dialog title="Redrive dead letters" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (plan.data) begin().catch(() => {})
          else count()
        }}
      >
        <p>
          From <code className="break">{of.source_topic}</code> back to <strong>{of.group}</strong>, and to nobody else.
        </p>
        {position === undefined ? (
          <Select label="Which" options={codes} value={code} onValue={changed(setCode)} />
        ) : (
          <p className="soft small break">Only {position}.</p>
        )}
        <TextInput
          label="Records a second, at most"
          type="number"
          min="0.1"
          max="1000"
          step="any"
          required
          value={rate}
          onValue={changed(setRate)}
          hint="Slower by itself while live records wait."
        />
        <TextArea
          label="Reason"
          value={reason}
          maxLength={500}
          onValue={setReason}
          hint="For the audit and whoever has to approve it."
        />
        {plan.data && <Plan of={plan.data} />}
        {plan.isError && <ProblemNote error={plan.error} />}
        {start.isError && <ProblemNote error={start.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          {plan.data === undefined ? (
            <Button kind="primary" type="submit" isBusy={plan.isPending}>
              Count first
            </Button>
          ) : (
            <Button kind="primary" type="submit" isBusy={start.isPending} disabled={plan.data.count === 0}>
              {plan.data.needs_approval ? 'Ask for approval' : `Put ${formatCount(plan.data.count)} back`}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

function Plan({ of: { count, obstacles, seconds, needs_approval } }: { readonly of: RedrivePlan }) {
  return (
    <div className="note" role="status">
      <div className="stack">
        <p>
          <strong>
            {formatCount(count)} {count === 1 ? 'record' : 'records'} would be put back
          </strong>
          {count > 0 && <>, in {formatDuration(Math.max(1, seconds) * 1_000)} at least</>}.
        </p>
        {obstacles.length > 0 && (
          <ul className="small">
            {obstacles.map((each) => (
              <li key={each.obstacle}>
                {formatCount(each.count)} stay: {each.obstacle}
              </li>
            ))}
          </ul>
        )}
        {needs_approval && <p className="small">A second person has to approve it.</p>}
      </div>
    </div>
  )
}
