import { type Batch, CLIENT_TASK_PATH, clientTaskProblems, type FieldProblem } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'
import { GatewayError } from './errors.ts'

type Contract = (body: unknown) => readonly FieldProblem[]

/** What a body must be, by the path that promises it. A source at any other path takes any JSON. */
const contracts: ReadonlyMap<string, Contract> = new Map([[CLIENT_TASK_PATH, clientTaskProblems]])

/**
 * Holds a synchronous source's body to the contract of its path, before anything is stored: what would fail later is told now, all of it.
 * @throws GatewayError `MR_GATEWAY_BODY_INVALID` with each field by JSON pointer
 */
export function checkContract(source: Pick<Source, 'path' | 'isSynchronous'>, batch: Batch): void {
  const contract = source.isSynchronous ? contracts.get(source.path) : undefined
  if (contract === undefined || batch.items.length !== 1) return
  const problems = contract(batch.isArray ? batch.items.map(({ json }) => json) : batch.items[0]?.json)
  if (problems.length > 0) throw new GatewayError('MR_GATEWAY_BODY_INVALID', { problems })
}
