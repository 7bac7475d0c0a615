import { useState } from 'react'
import { Link } from 'wouter'
import type { Erasure, ErasurePlan } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Checkbox, Select, TextArea, TextInput } from '../../ui/field.tsx'
import { Panel } from '../../ui/page.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { formatCount } from '../../ui/time-format.ts'
import { kinds } from './kinds.ts'
import { PlacesTable } from './places-table.tsx'

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

function Plan({ of }: { readonly of: ErasurePlan }) {
  const isNothing = of.places.length === 0
  return (
    <div className="stack" role="status">
      {isNothing ? (
        <p className="note is-warn">
          Neither the ledger nor Redis has anything of it.{' '}
          {of.is_encrypted && 'Asked for all the same, its key is destroyed, and what comes of it later is dropped.'}
        </p>
      ) : (
        <p>
          <strong>
            {formatCount(of.subject_count)} {of.subject_count === 1 ? 'subject' : 'subjects'}
          </strong>{' '}
          {of.is_encrypted ? 'would become unreadable' : 'would be taken out'}; the last record of it expires on{' '}
          {of.last_record_expires}.
        </p>
      )}
      {!of.is_encrypted && (
        <p className="note is-warn">
          Encryption is off (MILLRACE_ENCRYPTION), so there is no key to destroy: records in topics stay readable until
          that day, and what comes in later is kept again.
        </p>
      )}
      {!isNothing && (
        <>
          <details>
            <summary>Which: conversations as a whole, with what others said in them</summary>
            <ul className="small">
              {of.subjects.map(({ kind, id }) => (
                <li key={`${kind}/${id}`} className="break">
                  {kind} <code>{id}</code>
                </li>
              ))}
              {of.subject_count > of.subjects.length && (
                <li>and {formatCount(of.subject_count - of.subjects.length)} more</li>
              )}
            </ul>
          </details>
          <PlacesTable caption="What there is" of={of.places} />
        </>
      )}
    </div>
  )
}
