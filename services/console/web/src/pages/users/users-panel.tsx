import { useState } from 'react'
import type { Me, User, UserPage } from '../../app/answers.ts'
import { useGet } from '../../app/api.ts'
import { useMe } from '../../app/session.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/page.tsx'
import { OnlyFirst } from '../../ui/pager.tsx'
import { QueryState } from '../../ui/query-state.tsx'
import { Time } from '../../ui/time.tsx'
import { listed } from './listed.ts'
import { RoleList } from './role-list.tsx'
import { UserDialog } from './user-dialog.tsx'
import { VouchDialog } from './vouch-dialog.tsx'

/** People with an account. None is ever deleted, so that what they did keeps its name. */
export function UsersPanel() {
  const query = useGet<UserPage>('/api/v1/users', { query: { limit: 200 } })
  const [edited, setEdited] = useState<User | 'new' | null>(null)
  const [vouched, setVouched] = useState<User | null>(null)
  const me = useMe()
  return (
    <Panel
      title="Users"
      isFlush
      actions={
        <Button size="small" onClick={() => setEdited('new')}>
          Add a user
        </Button>
      }
    >
      <QueryState query={query}>
        {({ items, next_cursor }) => (
          <>
            <DataTable
              caption="Users"
              columns={columnsFor(me, setEdited, setVouched)}
              rows={items}
              rowKey={({ id }) => id}
            />
            <OnlyFirst nextCursor={next_cursor} shown={items.length} />
          </>
        )}
      </QueryState>
      {edited !== null && <UserDialog of={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
      {vouched !== null && <VouchDialog of={vouched} onClose={() => setVouched(null)} />}
    </Panel>
  )
}

function columnsFor(me: Me, onEdit: (user: User) => void, onVouch: (user: User) => void): readonly Column<User>[] {
  return [
    {
      key: 'name',
      header: 'Name',
      isMain: true,
      cell: ({ id, name, email }) => (
        <div className="cell-lines">
          <strong className="break">
            {name}
            {id === me.id && <span className="soft"> (you)</span>}
          </strong>
          {email !== null && <span className="soft small break">{email}</span>}
        </div>
      ),
    },
    { key: 'roles', header: 'Roles', cell: ({ roles }) => <RoleList of={roles} /> },
    { key: 'state', header: 'State', cell: (user) => <State of={user} /> },
    { key: 'last', header: 'Last login', cell: ({ last_login_at }) => <Time at={last_login_at} /> },
    { key: 'added', header: 'Added', cell: ({ created_at }) => <Time at={created_at} /> },
    {
      key: 'change',
      header: 'Actions',
      cell: (user) => (
        <span className="row">
          <Button size="small" onClick={() => onEdit(user)} aria-label={`Change ${user.name}`}>
            Change
          </Button>
          {user.needs_vouch && !user.counts_with.includes(me.name) && (
            <Button size="small" onClick={() => onVouch(user)} aria-label={`Vouch for ${user.name}`}>
              Vouch
            </Button>
          )}
        </span>
      ),
    },
  ]
}

function State({ of: { is_disabled, has_password, counts_with: others } }: { readonly of: User }) {
  return (
    <div className="cell-lines">
      <span>
        {is_disabled ? (
          <Badge tone="warn">disabled</Badge>
        ) : has_password ? (
          <Badge tone="good">active</Badge>
        ) : (
          <Badge tone="info">no password</Badge>
        )}
      </span>
      {others.length > 0 && <span className="soft small">counts as one person with {listed(others)}</span>}
    </div>
  )
}
