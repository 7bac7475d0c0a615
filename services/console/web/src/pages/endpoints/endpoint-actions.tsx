import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Endpoint, EndpointTest } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { useToast } from '../../ui/toast.tsx'
import { AttemptResult } from './attempt-result.tsx'
import { RotateDialog } from './rotate-dialog.tsx'
import { testOf } from './test-write.ts'

type Asked = 'rotate' | 'disable' | 'enable' | 'remove' | null

interface EndpointActionsProps {
  readonly of: Endpoint
  readonly onEdit: () => void
}

/** What one may do with an endpoint. Disabling never waits for anybody; enabling may. */
export function EndpointActions({ of, onEdit }: EndpointActionsProps) {
  const [asked, setAsked] = useState<Asked>(null)
  const [, go] = useLocation()
  const test = useTenantWrite<EndpointTest>()
  const write = useTenantWrite<{ readonly approval?: unknown }>()
  const toast = useToast()
  const path = `/endpoints/${encodeURIComponent(of.endpoint_id)}`
  const isOn = of.state === 'enabled'
  const close = () => {
    setAsked(null)
    write.reset()
  }
  const toggle = async (reason: string) => {
    const answer = await write.mutateAsync({ path: `${path}/${asked}`, body: reason === '' ? {} : { reason } })
    const done = asked === 'enable' ? 'It gets deliveries again.' : 'It gets nothing from now on.'
    toast(answer?.approval ? 'Enabling it waits for a second person.' : done)
    close()
  }
  const remove = async () => {
    await write.mutateAsync({ method: 'DELETE', path })
    toast('The endpoint is removed.')
    go('/endpoints', { replace: true })
  }
  return (
    <>
      <div className="row">
        <Button kind="primary" isBusy={test.isPending} onClick={() => test.mutate(testOf(of.endpoint_id))}>
          {of.consent === 'required' ? 'Ask for consent and send a test' : 'Send a test'}
        </Button>
        {of.is_signed && <Button onClick={() => setAsked('rotate')}>Rotate the secret</Button>}
        <Button onClick={onEdit}>Change</Button>
        <Button onClick={() => setAsked(isOn ? 'disable' : 'enable')}>{isOn ? 'Disable' : 'Enable'}</Button>
        <Button kind="danger" onClick={() => setAsked('remove')}>
          Remove
        </Button>
      </div>
      {test.data && <AttemptResult of={test.data} />}
      {test.isError && <ProblemNote error={test.error} />}
      {asked === 'rotate' && <RotateDialog of={of} onClose={close} />}
      {asked === 'disable' && (
        <ConfirmDialog
          title="Disable this endpoint?"
          verb="Disable"
          error={write.error}
          isBusy={write.isPending}
          onClose={close}
          onConfirm={toggle}
        >
          It gets nothing from now on, and what waits for it is dropped. This is done at once and needs nobody’s
          approval.
        </ConfirmDialog>
      )}
      {asked === 'enable' && (
        <ConfirmDialog
          title="Enable this endpoint?"
          verb="Enable"
          error={write.error}
          isBusy={write.isPending}
          onClose={close}
          onConfirm={toggle}
        >
          It gets what happens from now on; what was dropped meanwhile can be replayed. An installation may ask a second
          person first.
        </ConfirmDialog>
      )}
      {asked === 'remove' && (
        <ConfirmDialog
          title="Remove this endpoint?"
          verb="Remove"
          isDanger
          error={write.error}
          isBusy={write.isPending}
          onClose={close}
          onConfirm={remove}
        >
          Its configuration and secrets are gone for good, and what waits for it is dropped. Its attempts stay for 30
          days.
        </ConfirmDialog>
      )}
    </>
  )
}
