/** What a model can follow: a conversation's snapshot or a node of the knowledge graph. */
export interface ResourceName {
  readonly kind: 'conversation' | 'graph'
  readonly tenant: string
  /** A conversation id, or a node id. */
  readonly id: string
}

const form = /^(conversation|graph):\/\/([a-z0-9][a-z0-9_-]{0,62})\/([^/?#\s]{1,2048})$/

/** `conversation://tenant/cnv_1` or `graph://tenant/client%3Aacme%3A7`: the id stands percent-encoded. */
export function resourceUri({ kind, tenant, id }: ResourceName): string {
  return `${kind}://${tenant}/${encodeURIComponent(id.toWellFormed())}`
}

/** The inverse of `resourceUri`; null for any other text. */
export function parseResourceUri(uri: string): ResourceName | null {
  const [, kind, tenant, encoded] = form.exec(uri) ?? []
  if (kind === undefined || tenant === undefined || encoded === undefined) return null
  try {
    return { kind: kind as ResourceName['kind'], tenant, id: decodeURIComponent(encoded) }
  } catch {
    return null
  }
}
