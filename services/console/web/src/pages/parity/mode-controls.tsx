import { useState } from 'react'
import type { ParityReport, Source } from '../../app/answers.ts'
import { useCan } from '../../app/tenant.tsx'
import { Button } from '../../ui/button.tsx'
import { ModeDialog } from './mode-dialog.tsx'
import { RollbackDialog } from './rollback-dialog.tsx'

interface ModeControlsProps {
  readonly of: Source
  readonly report: ParityReport | undefined
}

/** Changing the mode, and the way back to polling that is always one step away. */
export function ModeControls({ of, report }: ModeControlsProps) {
  const [asked, setAsked] = useState<'mode' | 'rollback' | null>(null)
  if (!useCan('operator') || of.provider !== 'front') return null
  const canPoll = of.gap_repair.state === 'possible'
  return (
    <span className="row">
      <Button size="small" onClick={() => setAsked('mode')} aria-label={`Change the mode of ${of.name}`}>
        Change the mode
      </Button>
      {canPoll && of.mode?.mode !== 'polling' && (
        <Button
          size="small"
          kind="danger"
          onClick={() => setAsked('rollback')}
          aria-label={`Roll back to polling: ${of.name}`}
        >
          Roll back to polling
        </Button>
      )}
      {asked === 'mode' && <ModeDialog of={of} report={report} onClose={() => setAsked(null)} />}
      {asked === 'rollback' && <RollbackDialog of={of} onClose={() => setAsked(null)} />}
    </span>
  )
}
