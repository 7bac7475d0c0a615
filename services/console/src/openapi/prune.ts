type Node = Readonly<Record<string, unknown>>

const refName = /^#\/components\/schemas\/(.+)$/

/**
 * Leaves out named schemas that nothing leads to: each is made twice, as what goes in and as what comes out, and most are only one of them.
 * The document is otherwise as it was.
 */
export function pruneSchemas(document: Node): Node {
  const components = document.components as Node
  const schemas = components.schemas as Node
  const used = new Set<string>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const value of Object.values(node)) visit(value)
    const name = '$ref' in node ? refName.exec(String(node.$ref))?.[1] : undefined
    if (name === undefined || used.has(name)) return
    used.add(name)
    visit(schemas[name])
  }
  visit(document.paths)
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  kept.sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...document, components: { ...components, schemas: Object.fromEntries(kept) } }
}
