import { useState } from 'react'
import { Link } from 'wouter'
import type { Erasure, ErasurePlan } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Select, TextArea, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/page.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { kinds } from './kinds.ts'
import { Plan } from './plan.tsx'

/** Looks first, without doing anything; a change of whom it is about asks for a new look. */
export function EraseForm() {
  const [kind, setKind] = useState<string>('email')
  const [id, setId] = useState('')
  const [reason, setReason] = useState('')
  const [without, setWithout] = useState(false)
  const look = useTenantWrite<ErasurePlan>({ isHarmless: true })
  const ask = useTenantWrite<Erasure>()
  const body = { subject: `${kind}:${id.trim()}`, reason, without_encryption: without }
  const changed = (set: (value: string) => void) => (value: string) => {
    set(value)
    look.reset()
    ask.reset()
  }
  const isRefused = look.data !== undefined && !look.data.is_encrypted && !without
  return (
    <Panel title="Erase somebody or something">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (look.data === undefined) look.mutate({ path: '/erasures', body: { ...body, dry_run: true } })
          else ask.mutate({ path: '/erasures', body: { ...body, dry_run: false } })
        }}
      >
        <Select label="What is known" options={kinds} value={kind} onValue={changed(setKind)} />
        <TextInput label="Address or id" required maxLength={500} value={id} onValue={changed(setId)} />
        <TextArea
          label="Reason"
          value={reason}
          maxLength={500}
          onValue={setReason}
          hint="For who approves it and the audit, which keeps it: a number of the request, not the name."
        />
        {look.data && <Plan of={look.data} />}
        {look.data?.is_encrypted === false && ask.data === undefined && (
          <Checkbox
            label="Erase although encryption is off"
            hint="Tables, Redis, compacted topics and the graph are cleared. Records in other topics stay readable until they expire."
            checked={without}
            onValue={setWithout}
          />
        )}
        {look.isError && <ProblemNote error={look.error} />}
        {ask.isError && <ProblemNote error={ask.error} />}
        {ask.data && (
          <p className="note" role="status">
            <span>
              It waits for another person:{' '}
              <Link href={`/approvals/${encodeURIComponent(ask.data.approval_id ?? '')}`}>the request</Link>.
            </span>
          </p>
        )}
        <div className="row">
          {look.data === undefined ? (
            <Button kind="primary" type="submit" isBusy={look.isPending}>
              Look what there is
            </Button>
          ) : (
            <Button kind="primary" type="submit" isBusy={ask.isPending} disabled={isRefused || ask.data !== undefined}>
              Ask for approval
            </Button>
          )}
        </div>
      </form>
    </Panel>
  )
}
