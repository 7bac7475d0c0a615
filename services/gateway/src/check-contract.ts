import { type Batch, clientTaskProblems, type FieldProblem } from '@millrace/domain'
import type { Contract, Source } from '@millrace/service-kit'
import { GatewayError } from './errors.ts'

/** What each contract finds wrong with a body. */
const checks: Readonly<Record<Contract, (body: unknown) => readonly FieldProblem[]>> = {
  'client-task': clientTaskProblems,
}

/**
 * Holds a body to the contract of its source, before anything is stored: what would fail later is told now, all of it.
 * @throws GatewayError `MR_GATEWAY_BODY_INVALID` with each field by JSON pointer
 */
export function checkContract({ contract }: Pick<Source, 'contract'>, batch: Batch): void {
  if (contract === undefined || batch.items.length !== 1) return
  const problems = checks[contract](batch.isArray ? batch.items.map(({ json }) => json) : batch.items[0]?.json)
  if (problems.length > 0) throw new GatewayError('MR_GATEWAY_BODY_INVALID', { problems })
}
