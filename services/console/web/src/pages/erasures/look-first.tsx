import type { Approval, ErasurePlan } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Panel } from '../../ui/page.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { Plan } from './plan.tsx'

interface Asked {
  readonly request?: { readonly subject?: string; readonly without_encryption?: boolean }
}

/** For who decides about an erasure: what it would take as of now. Each look is noted in the audit, so nobody looks by opening the page. */
export function LookFirst({ of }: { readonly of: Approval }) {
  const look = useTenantWrite<ErasurePlan>({ isHarmless: true })
  const { subject, without_encryption = false } = (of.params as Asked).request ?? {}
  if (subject === undefined) return null
  const body = { subject, without_encryption, dry_run: true }
  return (
    <Panel title="What would go">
      <div className="stack">
        {look.data ? <Plan of={look.data} /> : <p>Nothing brings it back: look before you decide.</p>}
        {look.isError && <ProblemNote error={look.error} />}
        <div className="row">
          <Button isBusy={look.isPending} onClick={() => look.mutate({ path: '/erasures', body })}>
            {look.data ? 'Look again' : 'Look what there is'}
          </Button>
        </div>
      </div>
    </Panel>
  )
}
