/** What was taken, and is more often a slip than a plan. */
export function Notes({ of }: { readonly of: readonly string[] }) {
  if (of.length === 0) return null
  return (
    <ul className="note is-warn">
      {of.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}
