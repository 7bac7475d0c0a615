import { useState } from 'react'
import type { ChangedEndpoint, Endpoint } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/page.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { useToast } from '../../ui/toast.tsx'
import { EndpointFields } from './endpoint-fields.tsx'
import { changesOf, formOf } from './form-values.ts'

/** Changes an endpoint; only what differs is sent. */
export function EditEndpoint({ of, onDone }: { readonly of: Endpoint; readonly onDone: () => void }) {
  const [before] = useState(of)
  const [form, setForm] = useState(() => formOf(of))
  const save = useTenantWrite<ChangedEndpoint>()
  const toast = useToast()
  const changes = changesOf(form, before)
  const isSame = Object.keys(changes).length === 0
  const submit = async () => {
    await save.mutateAsync({ method: 'PATCH', path: `/endpoints/${encodeURIComponent(of.endpoint_id)}`, body: changes })
    toast('The endpoint is changed.')
    onDone()
  }
  return (
    <Panel title="Change it">
      <form
        className="stack form"
        onSubmit={(event) => {
          event.preventDefault()
          submit().catch(() => {})
        }}
      >
        <EndpointFields form={form} onChange={setForm} error={save.error} isNew={false} />
        {save.isError && <ProblemNote error={save.error} />}
        <div className="row">
          <Button kind="primary" type="submit" isBusy={save.isPending} disabled={isSame}>
            Save
          </Button>
          <Button kind="quiet" onClick={onDone}>
            Cancel
          </Button>
        </div>
      </form>
    </Panel>
  )
}
