import { useState } from 'react'
import type { Approval } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { TextArea } from '../../ui/field.tsx'
import { Panel } from '../../ui/page.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { useToast } from '../../ui/toast.tsx'

type Verdict = 'approve' | 'refuse' | 'cancel'

const done: Readonly<Record<Verdict, string>> = {
  approve: 'Approved: it is being done.',
  refuse: 'Refused.',
  cancel: 'Taken back.',
}

/** Approve, refuse or take back. An approval names the hash of what is shown here, so nothing else can be approved by it. */
export function Decide({ of }: { readonly of: Approval }) {
  const [reason, setReason] = useState('')
  const decide = useTenantWrite<Approval>()
  const toast = useToast()
  const submit = async (verdict: Verdict) => {
    const path = `/approvals/${encodeURIComponent(of.id)}/${verdict}`
    await decide.mutateAsync({
      path,
      body: { reason: reason.trim(), ...(verdict === 'approve' ? { params_sha256: of.params_sha256 } : {}) },
    })
    toast(done[verdict])
  }
  const button = (verdict: Verdict, text: string, kind: 'primary' | 'danger' | 'quiet') => (
    <Button kind={kind} isBusy={decide.isPending} onClick={() => submit(verdict).catch(() => {})}>
      {text}
    </Button>
  )
  return (
    <Panel title="Decide">
      <div className="stack form">
        {!of.may_decide && of.may_not_because !== null && <p className="note">{of.may_not_because}</p>}
        <TextArea label="Why (for the audit)" maxLength={500} value={reason} onValue={setReason} />
        {decide.isError && <ProblemNote error={decide.error} />}
        <div className="row">
          {of.may_decide && button('approve', 'Approve', 'primary')}
          {of.may_decide && button('refuse', 'Refuse', 'danger')}
          {of.may_cancel && button('cancel', 'Take it back', 'quiet')}
        </div>
      </div>
    </Panel>
  )
}
