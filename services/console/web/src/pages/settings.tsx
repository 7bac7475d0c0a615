import { useState } from 'react'
import type { SettingList } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { Badge } from '../ui/badge.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Page } from '../ui/page.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { SearchField } from '../ui/search-field.tsx'

type Setting = SettingList['items'][number]

/** What this console runs with. Values of secrets are never sent to the page. */
export function SettingsPage() {
  const [wanted, setWanted] = useState('')
  const query = useTenantGet<SettingList>('/settings')
  const fits = ({ name, doc }: Setting) => `${name} ${doc}`.toLowerCase().includes(wanted.toLowerCase())
  return (
    <Page
      title="Settings"
      lead="What this console was started with. Settings are environment variables, changed where the console is started; secrets are not shown."
    >
      <search className="filters">
        <SearchField label="Find a setting" value={wanted} onSearch={setWanted} placeholder="KAFKA" />
      </search>
      <QueryState
        query={query}
        isEmpty={({ items }) => !items.some(fits)}
        empty={<Empty title="No setting fits.">Names and explanations are searched.</Empty>}
      >
        {({ items, version }) => (
          <>
            <DataTable caption="Settings" columns={columns} rows={items.filter(fits)} rowKey={({ name }) => name} />
            <p className="soft small">Millrace {version}</p>
          </>
        )}
      </QueryState>
    </Page>
  )
}

const columns: readonly Column<Setting>[] = [
  {
    key: 'name',
    header: 'Setting',
    isMain: true,
    cell: ({ name, doc }) => (
      <div className="cell-lines">
        <strong className="mono small break">{name}</strong>
        <span className="soft small">{doc}</span>
      </div>
    ),
  },
  { key: 'value', header: 'Value', cell: (setting) => <Value of={setting} /> },
  { key: 'origin', header: 'From', cell: ({ origin }) => <span className="soft break">{origin}</span> },
]

function Value({ of: { value, is_secret } }: { readonly of: Setting }) {
  if (value === null) return <span className="soft">not set</span>
  if (is_secret) return <Badge>set, not shown</Badge>
  return <code className="small break">{value}</code>
}
