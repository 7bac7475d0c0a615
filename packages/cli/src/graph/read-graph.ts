import {
  type ClientGraph,
  goneNodes,
  nodeTypeOf,
  noteRole,
  propertiesOf,
  type Role,
  rolesFrom,
  stepOf,
} from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import { readToEnd, requireTopic } from '@millrace/operations'
import { type KnowledgeNode, type KnowledgeRelationship, type Topic, topics } from '@millrace/schemas'
import { CliError } from '../errors.ts'

export interface GraphQuery {
  readonly tenant: string
  /** The client's id, or the id of a node of type client. */
  readonly client: string
  /** Also relationships that have ended. */
  readonly hasEnded: boolean
  readonly signal: AbortSignal
  /** Called now and then with what is being read. */
  onProgress(text: string): void
}

/** A topic up to this length is read once and kept; a longer one is read again for each step away from the client. */
const KEPT_RECORDS = 50_000
const PROGRESS_EVERY = 25_000

type Entry<V> = readonly [key: string, value: V | null]
/** Reads a topic from its beginning to the end that it had; a key comes as often as it was written. */
type Pass<V> = () => AsyncIterable<Entry<V>>

/**
 * The graph of a client, out of the two compacted topics. Memory goes with the client's graph, not with the topics: these are read in passes, each
 * one step further away from the client, until nothing new is found.
 * @throws CliError `MR_CLI_NOT_FOUND`, OperationsError `MR_OPERATIONS_TOPIC_MISSING`
 */
export async function readGraph(kafka: Kafka, query: GraphQuery): Promise<ClientGraph> {
  await requireTopic(kafka, topics.nodes)
  await requireTopic(kafka, topics.relationships)
  const nodes = await passes(kafka, topics.nodes, query)
  const relationships = await passes(kafka, topics.relationships, query)
  const { roots, sameAs } = await findRoots(nodes, query)
  if (roots.length === 0)
    throw new CliError(
      'MR_CLI_NOT_FOUND',
      `there is no client "${query.client}" in the graph of tenant ${query.tenant}`,
    )
  const found = await collect(relationships, roots, sameAs, query)
  const roles = rolesFrom(roots, found.values())
  const present = await nodesOf(nodes, roles, query)
  // Without --all nothing that has ended was collected.
  const known = new Map([...present, ...goneNodes(found.values(), present)])
  const [root = ''] = roots
  return {
    tenant: query.tenant,
    clientId: clientIdOf(known.get(root)) ?? query.client,
    roots,
    nodes: new Map([...known].sort(byKey)),
    relationships: [...found.values()].filter((edge) => isWithin(edge, known) && stepOf(edge, roles)).sort(byId),
    roles,
  }
}

async function passes<V>(kafka: Kafka, topic: Topic<V>, { signal, onProgress }: GraphQuery): Promise<Pass<V>> {
  const [starts, ends] = await Promise.all([kafka.starts(topic), kafka.ends(topic)])
  const length = [...ends].reduce((sum, [partition, end]) => sum + Number(end - (starts.get(partition) ?? 0n)), 0)
  async function* read(): AsyncGenerator<Entry<V>> {
    let count = 0
    for await (const record of readToEnd(kafka, topic as Topic<unknown>, signal)) {
      count++
      if (count % PROGRESS_EVERY === 0) onProgress(`${topic.name}: ${count} of at most ${length} records`)
      if (record.key !== null) yield [record.key, kafka.decode(topic, record)]
    }
  }
  if (length > KEPT_RECORDS) return read
  // Of each key the last, which is what compaction would leave.
  const kept = new Map<string, V | null>()
  for await (const [key, value] of read()) kept.set(key, value)
  return async function* again() {
    yield* kept
  }
}

async function findRoots(nodes: Pass<KnowledgeNode>, query: GraphQuery) {
  const roots = new Set<string>()
  const sameAs = new Map<string, string>()
  for await (const [key, node] of nodes()) {
    const id = key.slice(query.tenant.length + 1)
    if (node === null) {
      roots.delete(id)
      sameAs.delete(id)
    } else if (node.tenant === query.tenant) {
      if (isClient(node, query.client)) roots.add(node.id)
      if (node.same_as === null) sameAs.delete(node.id)
      else sameAs.set(node.id, node.same_as)
    }
  }
  return { roots: [...roots].sort(), sameAs }
}

function isClient(node: KnowledgeNode, client: string): boolean {
  return node.type === 'client' && (node.id === client || clientIdOf(node) === client)
}

function clientIdOf(node: KnowledgeNode | undefined): string | undefined {
  const id = node === undefined ? undefined : propertiesOf(node).client_id
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined
}

/** Every relationship that is the client's, by key. A step that a later record takes back is pruned afterwards, by `rolesFrom`. */
async function collect(
  relationships: Pass<KnowledgeRelationship>,
  roots: readonly string[],
  sameAs: ReadonlyMap<string, string>,
  { tenant, hasEnded }: GraphQuery,
): Promise<Map<string, KnowledgeRelationship>> {
  const roles = new Map<string, Role>(roots.map((id) => [id, 'own']))
  for (;;) {
    const found = new Map<string, KnowledgeRelationship>()
    let isNew = false
    for await (const [key, value] of relationships()) {
      found.delete(key)
      if (value === null || value.tenant !== tenant || (value.valid_to !== null && !hasEnded)) continue
      const edge = {
        ...value,
        from_id: sameAs.get(value.from_id) ?? value.from_id,
        to_id: sameAs.get(value.to_id) ?? value.to_id,
      }
      const step = stepOf(edge, roles)
      if (step === undefined) continue
      found.set(key, edge)
      if (noteRole(roles, step.id, step.role)) isNew = true
    }
    if (!isNew) return found
  }
}

async function nodesOf(
  nodes: Pass<KnowledgeNode>,
  roles: ReadonlyMap<string, Role>,
  { tenant }: GraphQuery,
): Promise<Map<string, KnowledgeNode>> {
  const found = new Map<string, KnowledgeNode>()
  for await (const [key, node] of nodes()) {
    const id = key.slice(tenant.length + 1)
    if (!key.startsWith(`${tenant}/`) || !roles.has(id)) continue
    if (node === null) found.delete(id)
    else found.set(id, node)
  }
  return found
}

function isWithin({ from_id, to_id }: KnowledgeRelationship, nodes: ReadonlyMap<string, unknown>): boolean {
  return nodes.has(from_id) && nodes.has(to_id)
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const [one, two] = [nodeTypeOf(a), nodeTypeOf(b)]
  if (one !== two) return one < two ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
