import type { Option } from '../../ui/field.tsx'

/** The readers of replays, by what they do. */
export const targets: readonly Option[] = [
  { value: 'group:delivery-request', label: 'Deliver to every endpoint that takes it' },
  { value: 'group:conversation-snapshot', label: 'Bring its conversation up to date' },
  { value: 'group:knowledge-extract', label: 'Extract its knowledge' },
  { value: 'group:handlers', label: 'Run the handlers' },
]

export interface ReplayTarget {
  readonly kind: 'group' | 'endpoint'
  readonly name: string
}

/** The API's words for a choice of the dialog. */
export function targetOf(choice: string): ReplayTarget {
  const [kind, ...name] = choice.split(':')
  return { kind: kind === 'endpoint' ? 'endpoint' : 'group', name: name.join(':') }
}

/** Whether the choice ends in deliveries, so that their ids matter. */
export function isDelivery(choice: string): boolean {
  const { kind, name } = targetOf(choice)
  return kind === 'endpoint' || name === 'delivery-request'
}
