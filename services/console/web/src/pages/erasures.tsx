import { useCan } from '../app/tenant.tsx'
import { Page } from '../ui/page.tsx'
import { EraseForm } from './erasures/erase-form.tsx'
import { ErasureList } from './erasures/erasure-list.tsx'

/** Everything of a person or conversation, gone for good: looked for first, then asked for, and done once another person has approved it. */
export function ErasuresPage() {
  const mayAsk = useCan('operator')
  return (
    <Page
      title="Erasure"
      lead="Destroys the keys of everything that a person or conversation has here, so that nobody reads it any more, and takes it out of every table, store and the graph. Another person has to approve it, and nothing brings it back."
    >
      <div className="stack">
        {mayAsk && <EraseForm />}
        <ErasureList />
      </div>
    </Page>
  )
}
