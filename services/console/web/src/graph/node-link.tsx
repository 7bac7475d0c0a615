import { Link } from 'wouter'
import { KindMark } from './legend.tsx'
import { kindOf, typeWords } from './node-kinds.ts'

interface NodeLinkProps {
  readonly node: { readonly id: string; readonly type: string; readonly label: string; readonly is_gone: boolean }
  /** What else the address keeps, such as depth. */
  readonly keep?: Readonly<Record<string, string>>
}

/** A node by its label; leads to its neighbourhood. */
export function NodeLink({ node: { id, type, label, is_gone }, keep = {} }: NodeLinkProps) {
  return (
    <span className="node-link">
      <KindMark kind={kindOf(type)} />
      <Link href={nodeAddress(id, keep)} className="break">
        {label || id}
      </Link>{' '}
      <span className="soft small nowrap">
        {typeWords(type)}
        {is_gone ? ', gone' : ''}
      </span>
    </span>
  )
}

/** Where the page of a node is, below the tenant's. */
export function nodeAddress(id: string, keep: Readonly<Record<string, string>> = {}): string {
  const params = new URLSearchParams({ node: id })
  for (const [name, value] of Object.entries(keep)) if (value !== '') params.set(name, value)
  return `/graph?${params}`
}
