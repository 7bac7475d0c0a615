import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ChangedEndpoint, EndpointCheck, EndpointTest } from '../app/answers.ts'
import { useTenantWrite } from '../app/api.ts'
import { Button } from '../ui/button.tsx'
import { Page } from '../ui/page.tsx'
import { ProblemNote } from '../ui/query-state.tsx'
import { AttemptResult } from './endpoints/attempt-result.tsx'
import { CheckResult } from './endpoints/check-result.tsx'
import { EndpointFields } from './endpoints/endpoint-fields.tsx'
import { type EndpointForm, emptyForm, newEndpointOf } from './endpoints/form-values.ts'
import { Notes } from './endpoints/notes.tsx'
import { SecretsOnce } from './endpoints/secrets-once.tsx'
import { testOf } from './endpoints/test-write.ts'

/** Adds an endpoint: check, add, copy the secret, send a test. */
export function NewEndpointPage() {
  const [made, setMade] = useState<ChangedEndpoint | null>(null)
  return (
    <Page title={made === null ? 'New endpoint' : 'The endpoint is added'}>
      {made === null ? <NewEndpointForm onMade={setMade} /> : <Made of={made} />}
    </Page>
  )
}

function NewEndpointForm({ onMade }: { readonly onMade: (made: ChangedEndpoint) => void }) {
  const [form, setForm] = useState<EndpointForm>(emptyForm)
  const check = useTenantWrite<EndpointCheck>({ isHarmless: true })
  const add = useTenantWrite<ChangedEndpoint>()
  const change = (next: EndpointForm) => {
    if (next.url !== form.url) check.reset()
    setForm(next)
  }
  return (
    <form
      className="stack form"
      onSubmit={(event) => {
        event.preventDefault()
        add.mutateAsync({ path: '/endpoints', body: newEndpointOf(form) }).then(onMade, () => {})
      }}
    >
      <EndpointFields form={form} onChange={change} error={add.error} isNew />
      {check.data && <CheckResult of={check.data} asksConsent={form.consent === 'required'} />}
      {check.isError && <ProblemNote error={check.error} />}
      {add.isError && <ProblemNote error={add.error} />}
      <div className="row">
        <Button kind="primary" type="submit" isBusy={add.isPending}>
          Add endpoint
        </Button>
        <Button
          disabled={form.url.trim() === ''}
          isBusy={check.isPending}
          onClick={() => check.mutate({ path: '/endpoints/check', body: { url: form.url.trim() } })}
        >
          Check the URL
        </Button>
        <Link className="button is-quiet" href="/endpoints">
          Cancel
        </Link>
      </div>
    </form>
  )
}

function Made({ of }: { readonly of: ChangedEndpoint }) {
  const [, go] = useLocation()
  const test = useTenantWrite<EndpointTest>()
  const { endpoint_id, url, consent } = of.endpoint
  const address = `/endpoints/${encodeURIComponent(endpoint_id)}`
  return (
    <div className="stack form">
      <p className="break">
        {url} gets what fits from now on. It is <code>{endpoint_id}</code>.
      </p>
      <SecretsOnce of={of} onDone={() => go(address)} />
      <Notes of={of.notes} />
      <div className="row">
        <Button isBusy={test.isPending} onClick={() => test.mutate(testOf(endpoint_id))}>
          {consent === 'required' ? 'Ask for consent and send a test' : 'Send a test'}
        </Button>
      </div>
      {test.data && <AttemptResult of={test.data} />}
      {test.isError && <ProblemNote error={test.error} />}
    </div>
  )
}
