import { useState } from 'react'
import type { IngestMode, ParityReport, Source } from '../../app/answers.ts'
import { useTenantWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Select, TextArea, TextInput } from '../../ui/field.tsx'
import { ProblemNote } from '../../ui/query-state.tsx'
import { useToast } from '../../ui/toast.tsx'
import { modeWords } from './mode-words.ts'

const modes = [
  { value: 'webhook', label: 'webhook: webhooks count' },
  { value: 'parallel', label: 'parallel: both count, each event once, and are compared' },
  { value: 'polling', label: 'polling: what is polled counts, webhooks are held back' },
]

interface ModeDialogProps {
  readonly of: Source
  readonly report: ParityReport | undefined
  readonly onClose: () => void
}

/** Sets by which way a source's events count, for all conversations or a share of them. */
export function ModeDialog({ of, report, onClose }: ModeDialogProps) {
  const [mode, setMode] = useState(of.mode?.mode ?? 'webhook')
  const [percent, setPercent] = useState(String(of.mode?.percent ?? 100))
  const [inboxes, setInboxes] = useState(of.mode?.inboxes.join(', ') ?? '')
  const [reason, setReason] = useState('')
  const write = useTenantWrite<IngestMode>()
  const toast = useToast()
  const isShared = mode !== 'polling'
  const wanted = {
    mode,
    inboxes: isShared ? inboxes.split(',').flatMap((word) => word.trim() || []) : [],
    percent: isShared ? Number(percent) : 100,
  }
  const submit = async () => {
    const path = `/sources/${encodeURIComponent(of.name)}/mode`
    await write.mutateAsync({ method: 'PUT', path, body: { ...wanted, reason } })
    toast(`${of.name}: ${modeWords(wanted)}, within 5 s.`)
    onClose()
  }
  return (
    <Dialog title={`Mode of ${of.name}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          submit().catch(() => {})
        }}
      >
        <p>
          Now: <strong>{modeWords(of.mode)}</strong>.
        </p>
        {mode === 'webhook' && report && <p className={`note ${report.is_safe ? '' : 'is-warn'}`}>{report.verdict}</p>}
        <Select label="Mode" options={modes} value={mode} onValue={setMode} />
        {isShared && (
          <div className="field-pair">
            <TextInput
              label="Share of the conversations, percent"
              type="number"
              min="0"
              max="100"
              step="1"
              required
              value={percent}
              onValue={setPercent}
            />
            <TextInput
              label="Only these inboxes"
              placeholder="inb_1, inb_2"
              value={inboxes}
              onValue={setInboxes}
              hint="Empty: all."
            />
          </div>
        )}
        <TextArea label="Reason (may be left out)" maxLength={500} value={reason} onValue={setReason} />
        {write.isError && <ProblemNote error={write.error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={write.isPending}>
            Set the mode
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
