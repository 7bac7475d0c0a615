import { useState } from 'react'
import type { Token, TokenPage } from '../../app/answers.ts'
import { useGet, useWrite } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/page.tsx'
import { OnlyFirst } from '../../ui/pager.tsx'
import { Empty, QueryState } from '../../ui/query-state.tsx'
import { Time } from '../../ui/time.tsx'
import { useToast } from '../../ui/toast.tsx'
import { RoleList } from './role-list.tsx'
import { TokenDialog } from './token-dialog.tsx'

/** Tokens of programs: the CLI, an MCP client, scripts. */
export function TokensPanel({ isAdmin }: { readonly isAdmin: boolean }) {
  const query = useGet<TokenPage>('/api/v1/tokens', { query: { limit: 200 } })
  const [isNew, setNew] = useState(false)
  const [revoked, setRevoked] = useState<Token | null>(null)
  return (
    <Panel
      title={isAdmin ? 'Tokens' : 'Your tokens'}
      isFlush
      actions={
        <Button size="small" onClick={() => setNew(true)}>
          Make a token
        </Button>
      }
    >
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="There is no token.">The millrace command, an MCP client or a script comes in with one.</Empty>
        }
      >
        {({ items, next_cursor }) => (
          <>
            <DataTable caption="Tokens" columns={columnsFor(setRevoked)} rows={items} rowKey={({ id }) => id} />
            <OnlyFirst nextCursor={next_cursor} shown={items.length} />
          </>
        )}
      </QueryState>
      {isNew && <TokenDialog onClose={() => setNew(false)} />}
      {revoked && <RevokeDialog of={revoked} onClose={() => setRevoked(null)} />}
    </Panel>
  )
}

function columnsFor(onRevoke: (token: Token) => void): readonly Column<Token>[] {
  return [
    { key: 'name', header: 'For', isMain: true, cell: ({ name }) => <strong className="break">{name}</strong> },
    { key: 'roles', header: 'Roles', cell: ({ roles }) => <RoleList of={roles} /> },
    { key: 'used', header: 'Last used', cell: ({ last_used_at }) => <Time at={last_used_at} detail="minutes" /> },
    {
      key: 'expires',
      header: 'Expires',
      cell: ({ expires_at }) => (expires_at === null ? <span className="soft">never</span> : <Time at={expires_at} />),
    },
    { key: 'made', header: 'Made', cell: ({ created_at }) => <Time at={created_at} /> },
    {
      key: 'revoke',
      header: 'Actions',
      cell: (token) => (
        <Button size="small" kind="danger" onClick={() => onRevoke(token)} aria-label={`Revoke ${token.name}`}>
          Revoke
        </Button>
      ),
    },
  ]
}

function RevokeDialog({ of, onClose }: { readonly of: Token; readonly onClose: () => void }) {
  const remove = useWrite()
  const toast = useToast()
  const revoke = async () => {
    await remove.mutateAsync({ method: 'DELETE', path: `/api/v1/tokens/${encodeURIComponent(of.id)}` })
    toast(`The token for ${of.name} has ended.`)
    onClose()
  }
  return (
    <ConfirmDialog
      title={`Revoke the token for ${of.name}?`}
      verb="Revoke"
      isDanger
      error={remove.error}
      isBusy={remove.isPending}
      onClose={onClose}
      onConfirm={revoke}
    >
      It ends at once; the program that uses it is refused from its next request on.
    </ConfirmDialog>
  )
}
