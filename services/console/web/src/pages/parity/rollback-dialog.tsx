import type { IngestMode, Source } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useToast } from '../../ui/toast.tsx'

/** Back to polling for all conversations; done at once, without approval. */
export function RollbackDialog({ of, onClose }: { readonly of: Source; readonly onClose: () => void }) {
  const write = useTenantWrite<IngestMode>()
  const toast = useToast()
  const roll = async (reason: string) => {
    const body = { mode: 'polling', inboxes: [], percent: 100, reason }
    await write.mutateAsync({ method: 'PUT', path: `/sources/${encodeURIComponent(of.name)}/mode`, body })
    toast(`Polling counts for ${of.name} within 5 s.`)
    onClose()
  }
  return (
    <ConfirmDialog
      title={`Roll ${of.name} back to polling?`}
      verb="Roll back"
      isDanger
      reason="optional"
      error={write.error}
      isBusy={write.isPending}
      onClose={onClose}
      onConfirm={roll}
    >
      Polling counts from now on, for all conversations; webhooks are verified, stored and held back. Polling goes on
      from where it was, so nothing is lost or doubled. Every replica follows within 5 s.
    </ConfirmDialog>
  )
}
