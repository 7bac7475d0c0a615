import { type FormEvent, type RefObject, useEffect, useRef } from 'react'
import { Button } from '../../ui/button.tsx'
import { Select, TextInput } from '../../ui/field.tsx'
import { type FilterName, filterNames } from './search.ts'

export interface EventFiltersProps {
  readonly values: Readonly<Record<FilterName, string>>
  readonly onChange: (changes: Readonly<Partial<Record<FilterName, string>>>) => void
}

const statuses = [
  { value: '', label: 'Any' },
  { value: 'pending', label: 'Pending' },
  { value: 'processed', label: 'Processed' },
  { value: 'failed', label: 'Failed' },
]

const spans = [
  { value: '', label: 'All that is kept' },
  { value: '15m', label: 'Last 15 minutes' },
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
]

/** Choices act at once; texts when the form is sent by Enter or “Search”, so that no query is made for half an id. */
export function EventFilters({ values, onChange }: EventFiltersProps) {
  const form = useRef<HTMLFormElement>(null)
  useFollowAddress(form, values)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    onChange(Object.fromEntries(filterNames.map((name) => [name, textOf(data.get(name))])))
  }
  const known = spans.some(({ value }) => value === values.since)
  return (
    <search>
      <form ref={form} className="filters" onSubmit={submit}>
        <TextInput label="Any id" name="q" defaultValue={values.q} autoComplete="off" spellCheck={false} />
        <TextInput
          label="Type"
          name="type"
          defaultValue={values.type}
          placeholder="message.*"
          autoComplete="off"
          spellCheck={false}
        />
        <Select
          label="Status"
          name="status"
          value={values.status}
          options={statuses}
          onValue={(status) => onChange({ status })}
        />
        <Select
          label="Received"
          name="since"
          value={values.since}
          options={known ? spans : [...spans, { value: values.since, label: 'From the time in the address' }]}
          onValue={(since) => onChange({ since })}
        />
        <TextInput label="Conversation" name="conversation" defaultValue={values.conversation} autoComplete="off" />
        <TextInput label="Client" name="client" defaultValue={values.client} autoComplete="off" />
        <TextInput
          label="Text in the payload"
          name="text"
          defaultValue={values.text}
          minLength={2}
          autoComplete="off"
        />
        <input type="hidden" name="source" value={values.source} />
        <input type="hidden" name="until" value={values.until} />
        <div className="row">
          <Button type="submit" kind="primary">
            Search
          </Button>
          <Button kind="quiet" onClick={() => onChange(Object.fromEntries(filterNames.map((name) => [name, ''])))}>
            Clear
          </Button>
        </div>
      </form>
    </search>
  )
}

/** The fields show what the address says also after the back button and the search in the header; what is being typed stays until then. */
function useFollowAddress(form: RefObject<HTMLFormElement | null>, values: EventFiltersProps['values']): void {
  const said = filterNames.map((name) => values[name]).join('\n')
  useEffect(() => {
    const texts = said.split('\n')
    for (const [at, name] of filterNames.entries()) {
      const field = form.current?.elements.namedItem(name)
      if (field instanceof HTMLInputElement && field.type !== 'hidden') field.value = texts[at] ?? ''
    }
  }, [form, said])
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value.trim() : ''
}
