import { kindOf, nodeKinds } from './node-kinds.ts'

/** What the colours and shapes stand for, with how many nodes of each are shown. */
export function Legend({ types }: { readonly types: readonly string[] }) {
  const kinds = types.map(kindOf)
  const lines = [...nodeKinds, { kind: 'other', label: 'Other' } as const]
    .map(({ kind, label }) => ({ kind, label, count: kinds.filter((each) => each === kind).length }))
    .filter(({ count }) => count > 0)
  return (
    <ul className="graph-legend small">
      {lines.map(({ kind, label, count }) => (
        <li key={kind}>
          <KindMark kind={kind} />
          {label} <span className="soft">{count}</span>
        </li>
      ))}
    </ul>
  )
}

/** Colour and shape of a kind of node, as the picture draws it. */
export function KindMark({ kind }: { readonly kind: string }) {
  return <i className={`kind-mark is-${kind}`} aria-hidden="true" />
}
