import type { ReactNode } from 'react'
import type { RequestFailed } from '../../app/request.ts'
import { Select, TextArea, TextInput } from '../../ui/field.tsx'
import type { EndpointForm } from './form-values.ts'

interface EndpointFieldsProps {
  readonly form: EndpointForm
  readonly onChange: (form: EndpointForm) => void
  /** Of the last request; what it says of a field stands at the field. */
  readonly error?: RequestFailed | null
  /** Kinds of secrets are chosen when the endpoint is made; later they are rotated. */
  readonly isNew: boolean
}

const payloads = [
  { value: 'message', label: 'Messages in the message contract' },
  { value: 'event', label: 'Everything as {type, timestamp, data}' },
]
const idKinds = [
  { value: 'uuid', label: 'UUIDs' },
  { value: 'provider', label: 'The provider’s own' },
]
const orders = [
  { value: 'none', label: 'As fast as it can' },
  { value: 'conversation', label: 'One by one within a conversation' },
]
const consents = [
  { value: 'none', label: 'Not asked' },
  { value: 'required', label: 'Asked before the first delivery (OPTIONS)' },
]
const signatures = [
  { value: 'v1', label: 'HMAC-SHA256 (v1)' },
  { value: 'v1a', label: 'ed25519 (v1a)' },
  { value: 'both', label: 'Both' },
  { value: 'none', label: 'Unsigned' },
]
const signings = [
  { value: 'v1', label: 'Signed' },
  { value: 'none', label: 'Unsigned' },
]

/** All that may be said of an endpoint; what is left empty has its default. */
export function EndpointFields({ form, onChange, error, isNew }: EndpointFieldsProps) {
  const bind = (name: keyof EndpointForm, wire: string = name) => ({
    value: form[name],
    onValue: (value: string) => onChange({ ...form, [name]: value }),
    error: problemOf(error, wire),
  })
  return (
    <>
      <TextInput
        label="URL"
        type="url"
        required
        maxLength={2_048}
        placeholder="https://customer.net/hooks"
        {...bind('url')}
      />
      <TextInput
        label="Description"
        maxLength={1_000}
        hint="For you: whose it is, what it does."
        {...bind('description')}
      />
      <TextInput
        label="Event types"
        placeholder="message.*, conversation.archived"
        hint="By commas; * or prefix.* for many. Empty: the messages of the message contract."
        {...bind('event_types')}
      />
      <div className="field-pair">
        <Select label="Form of the payload" options={payloads} {...bind('payload')} />
        <Select label="Order" options={orders} {...bind('order')} />
        <Select label="Consent" options={consents} {...bind('consent')} />
        <Select
          label="Signature"
          options={isNew ? signatures : signings}
          {...bind('signature', isNew ? 'signature' : 'is_signed')}
        />
      </div>
      <More title="Only some of these events">
        <div className="field-pair">
          <TextInput label="Conversation" placeholder="cnv_…" {...bind('conversation_id')} />
          <TextInput label="Channels" placeholder="API, WHATSAPP, SMS" {...bind('channels')} />
          <TextInput label="Inboxes" placeholder="inb_…" {...bind('inboxes')} />
          <TextInput label="Tags" placeholder="vip" {...bind('tags')} />
        </div>
        <TextArea
          label="Pattern of the payload"
          placeholder='{"data":{"status":["FAILED"]}}'
          hint="JSON: objects name fields, arrays list what they may be."
          className="input mono"
          {...bind('payload_filter')}
        />
      </More>
      <More title="Limits and ids">
        <div className="field-pair">
          <TextInput label="Requests a minute" inputMode="numeric" placeholder="100" {...bind('max_per_minute')} />
          <TextInput
            label="Requests at the same time"
            inputMode="numeric"
            placeholder="10"
            {...bind('max_in_flight')}
          />
          <TextInput
            label="Longest time of a try, seconds"
            inputMode="decimal"
            placeholder="30"
            {...bind('timeout_s', 'timeout_ms')}
          />
          <TextInput
            label="Given up after, hours"
            inputMode="decimal"
            placeholder="72"
            {...bind('give_up_h', 'give_up_after_ms')}
          />
          <Select label="Ids in the message contract" options={idKinds} {...bind('ids')} />
        </div>
      </More>
    </>
  )
}

function More({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <details className="more">
      <summary>{title}</summary>
      <div className="stack">{children}</div>
    </details>
  )
}

/** What a problem document says of one field of the body, or of a part of it. */
function problemOf(error: RequestFailed | null | undefined, field: string): string | undefined {
  const pointer = `/${field}`
  return error?.problem.errors?.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`))?.detail
}
