import { type FormEvent, useEffect, useState } from 'react'
import type { EndpointPage, Replay, ReplayPlan } from '../../app/answers.ts'
import { useTenantGet, useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Checkbox, type Option, Select, TextInput } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { isDelivery, targetOf, targets } from './replay-targets.ts'

export interface ReplayDialogProps {
  readonly eventId: string
  readonly onClose: () => void
  readonly onStarted: (replay: Replay) => void
}

/** Asks for whom the event is to be handled once more, counts first, and starts it. Every other reader sees nothing of it. */
export function ReplayDialog({ eventId, onClose, onStarted }: ReplayDialogProps) {
  const [choice, choose] = useState(targets[0]?.value ?? '')
  const [renews, setRenews] = useState(false)
  const [reason, setReason] = useState('')
  const endpoints = useTenantGet<EndpointPage>('/endpoints', { query: { limit: 200 } })
  const plan = usePlan(eventId, choice)
  const start = useTenantWrite<Replay>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const body = { ...requestOf(eventId, choice), keeps_ids: !renews, reason }
    onStarted(await start.mutateAsync({ path: '/replays', body }))
  }
  return (
    <Dialog title="Replay this event" onClose={onClose}>
      <form onSubmit={(event) => submit(event).catch(() => {})}>
        <Select
          label="What is to be done again"
          value={choice}
          options={[...targets, ...endpointOptions(endpoints.data)]}
          onValue={choose}
        />
        {isDelivery(choice) && (
          <Checkbox
            label="Give the deliveries new ids"
            hint="A receiver takes a second delivery with the same webhook-id for a repeat, and drops it."
            checked={renews}
            onValue={setRenews}
          />
        )}
        <TextInput label="Reason (for the audit)" value={reason} maxLength={500} onValue={setReason} />
        {plan.data && <PlanNote plan={plan.data} />}
        {plan.error && <ProblemNote error={plan.error} />}
        {start.error && <ProblemNote error={start.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" isBusy={start.isPending} disabled={plan.data?.count === 0}>
            {plan.data?.needs_approval ? 'Ask for approval' : 'Replay'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** What the replay would do, counted without doing it. */
function usePlan(eventId: string, choice: string) {
  const plan = useTenantWrite<ReplayPlan>({ isHarmless: true })
  const { mutate } = plan
  useEffect(() => {
    mutate({ path: '/replays', body: { ...requestOf(eventId, choice), dry_run: true } })
  }, [mutate, eventId, choice])
  return plan
}

function PlanNote({ plan }: { readonly plan: ReplayPlan }) {
  if (plan.unavailable > 0)
    return <p className="note is-warn">Its payload is kept no longer, so it cannot be replayed.</p>
  if (plan.count === 0) return <p className="note is-warn">This target has no use for an event of this kind.</p>
  if (plan.needs_approval) return <p className="note">A second person has to approve it.</p>
  return <p className="note">This event, once more, for this target alone.</p>
}

function requestOf(eventId: string, choice: string) {
  return { selection: { event_ids: [eventId] }, target: targetOf(choice) }
}

function endpointOptions(endpoints: EndpointPage | undefined): Option[] {
  return (endpoints?.items ?? []).map(({ endpoint_id, url }) => ({
    value: `endpoint:${endpoint_id}`,
    label: `Deliver to ${url} only`,
  }))
}
