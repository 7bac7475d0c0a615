import type { Endpoint } from '../../app/answers.ts'

/** An endpoint's form as it stands, all texts as they were typed. */
export interface EndpointForm {
  readonly url: string
  readonly description: string
  readonly event_types: string
  readonly payload: string
  readonly ids: string
  readonly order: string
  readonly consent: string
  /** `none` for unsigned. */
  readonly signature: string
  readonly conversation_id: string
  readonly channels: string
  readonly inboxes: string
  readonly tags: string
  readonly payload_filter: string
  readonly max_per_minute: string
  readonly max_in_flight: string
  readonly timeout_s: string
  readonly give_up_h: string
}

export const emptyForm: EndpointForm = {
  url: '',
  description: '',
  event_types: '',
  payload: 'message',
  ids: 'uuid',
  order: 'none',
  consent: 'none',
  signature: 'v1',
  conversation_id: '',
  channels: '',
  inboxes: '',
  tags: '',
  payload_filter: '',
  max_per_minute: '',
  max_in_flight: '',
  timeout_s: '',
  give_up_h: '',
}

/** The form of an endpoint that there is. */
export function formOf(endpoint: Endpoint): EndpointForm {
  const words = (list: readonly string[]) => list.join(', ')
  const number = (value: number, unit = 1) => (value === 0 ? '' : String(value / unit))
  return {
    url: endpoint.url,
    description: endpoint.description,
    event_types: words(endpoint.event_types),
    payload: endpoint.payload,
    ids: endpoint.ids,
    order: endpoint.order,
    consent: endpoint.consent,
    signature: endpoint.is_signed ? 'v1' : 'none',
    conversation_id: endpoint.conversation_id ?? '',
    channels: words(endpoint.channels),
    inboxes: words(endpoint.inboxes),
    tags: words(endpoint.tags),
    payload_filter: endpoint.payload_filter ?? '',
    max_per_minute: number(endpoint.max_per_minute),
    max_in_flight: number(endpoint.max_in_flight),
    timeout_s: number(endpoint.timeout_ms, SECOND_MS),
    give_up_h: number(endpoint.give_up_after_ms, HOUR_MS),
  }
}

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

/** What the API takes: empty fields have their default. */
export function fieldsOf(form: EndpointForm) {
  const words = (text: string) => text.split(/[,\n]/).flatMap((word) => word.trim() || [])
  const number = (text: string, unit = 1) => Math.round(Number(text || '0') * unit)
  const orNull = (text: string) => text.trim() || null
  return {
    url: form.url.trim(),
    description: form.description.trim(),
    event_types: words(form.event_types),
    payload: form.payload,
    ids: form.ids,
    order: form.order,
    consent: form.consent,
    is_signed: form.signature !== 'none',
    conversation_id: orNull(form.conversation_id),
    channels: words(form.channels).map((word) => word.toUpperCase()),
    inboxes: words(form.inboxes),
    tags: words(form.tags),
    payload_filter: orNull(form.payload_filter),
    max_per_minute: number(form.max_per_minute),
    max_in_flight: number(form.max_in_flight),
    timeout_ms: number(form.timeout_s, SECOND_MS),
    give_up_after_ms: number(form.give_up_h, HOUR_MS),
  }
}

/** Of a new endpoint; the kind of its secrets goes with it. */
export function newEndpointOf(form: EndpointForm) {
  const signature = form.signature === 'none' ? {} : { signature: form.signature }
  return { ...fieldsOf(form), ...signature }
}

/** Only what differs from what the endpoint has. */
export function changesOf(form: EndpointForm, endpoint: Endpoint) {
  const before = fieldsOf(formOf(endpoint))
  return Object.fromEntries(
    Object.entries(fieldsOf(form)).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before]),
    ),
  )
}
