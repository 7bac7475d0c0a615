import { confluentWireFormat, type RegistryLookup, type Schema, topics, type WireFormat } from '@millrace/schemas'
import { ServiceKitError } from './errors.ts'
import { createRegistryClient, type RegistryClient, type RegistryClientOptions } from './registry-client.ts'

export interface SchemaRegistryOptions extends RegistryClientOptions {
  /** Put before subjects as before topics' names. */
  readonly prefix: string
}

/** What every release has to keep to, so that old readers read new records and new ones old records (DESIGN §4). */
const COMPATIBILITY = 'FULL_TRANSITIVE'
/** Unknown ids that are asked for or known to be missing; a topic full of foreign records must not fill the memory. */
const MAX_UNKNOWN = 1_000
/** A registry that says there is no such id is asked again after this: its replicas may lag. */
const ASK_AGAIN_MS = 10_000

/** The registry that an installation's settings name; undefined without one. */
export function registryOf(settings: {
  readonly kafkaPrefix: string
  readonly schemaRegistryUrl: string | undefined
  readonly schemaRegistryUsername: string | undefined
  readonly schemaRegistryPassword: string | undefined
}): SchemaRegistryOptions | undefined {
  const { schemaRegistryUrl: url, schemaRegistryUsername: username, schemaRegistryPassword: password } = settings
  if (url === undefined) return undefined
  const login = username === undefined || password === undefined ? undefined : { username, password }
  return { url, login, prefix: settings.kafkaPrefix }
}

/** The subject of a topic's values, by the strategy that serializers have by default (TopicNameStrategy). */
export function subjectOf(topic: { readonly name: string }, prefix: string): string {
  return `${prefix}${topic.name}-value`
}

/** What one subject holds, or would get. */
export interface Registration {
  readonly subject: string
  readonly schema: string
  readonly version: number
  /** Null where it is not registered and was only looked at. */
  readonly id: number | null
  readonly isNew: boolean
}

/**
 * Registers every released version of the schemas of all topics, oldest first, after setting their subjects to FULL_TRANSITIVE. Repeating it changes nothing.
 * @param isDryRun only asks what would be new and whether it fits
 * @throws ServiceKitError `MR_REGISTRY_INCOMPATIBLE` naming every subject that a schema does not fit, before anything is registered
 */
export async function registerSchemas(
  options: SchemaRegistryOptions,
  {
    isDryRun = false,
    onRegistered = () => {},
  }: { isDryRun?: boolean; onRegistered?: (one: Registration) => void } = {},
): Promise<Registration[]> {
  const client = createRegistryClient(options)
  const wanted = Object.values(topics).flatMap((topic) =>
    topic.schema.versions.map(({ avsc, version }) => {
      return { subject: subjectOf(topic, options.prefix), schema: topic.schema.name, version, avsc }
    }),
  )
  const known: (number | undefined)[] = []
  for (const { subject, avsc } of wanted) known.push(await client.idOf(subject, avsc))
  await refuseWhatDoesNotFit(
    client,
    wanted.filter((_, place) => known[place] === undefined),
  )
  const done: Registration[] = []
  for (const [place, { avsc, ...one }] of wanted.entries()) {
    const id = known[place] ?? (isDryRun ? null : await register(client, one.subject, avsc))
    const registration = { ...one, id, isNew: known[place] === undefined }
    done.push(registration)
    onRegistered(registration)
  }
  return done
}

async function refuseWhatDoesNotFit(client: RegistryClient, wanted: readonly { subject: string; avsc: string }[]) {
  const problems: string[] = []
  for (const { subject, avsc } of wanted)
    for (const objection of await client.objections(subject, avsc)) problems.push(`${subject}: ${objection}`)
  if (problems.length === 0) return
  const message = `schemas do not fit what the registry holds, nothing was registered:\n  ${problems.join('\n  ')}`
  throw new ServiceKitError('MR_REGISTRY_INCOMPATIBLE', message, { problems })
}

async function register(client: RegistryClient, subject: string, avsc: string): Promise<number> {
  await client.setCompatibility(subject, COMPATIBILITY)
  return client.register(subject, avsc)
}

/**
 * The wire format of an installation with a schema registry, once every schema that this process writes has its id. Services only look up: registering is the
 * deployment's (`millrace schemas register`), which refuses what does not fit.
 * @param writes `single-object` while there are readers that do not know of the registry yet
 * @throws ServiceKitError `MR_REGISTRY_UNAVAILABLE` (retryable), `MR_REGISTRY_MISSING` naming a schema that is not registered
 */
export async function openSchemaRegistry(
  options: SchemaRegistryOptions & { readonly writes: 'confluent' | 'single-object' },
): Promise<WireFormat> {
  const client = createRegistryClient(options)
  const ids = new Map<string, number>()
  const texts = new Map<number, string>()
  for (const topic of Object.values(topics)) {
    const { schema } = topic
    for (const { avsc, version } of schema.versions) {
      const name = `${schema.name} ${version}`
      if (ids.has(name)) continue
      const id = await client.idOf(subjectOf(topic, options.prefix), avsc)
      if (id === undefined)
        throw new ServiceKitError(
          'MR_REGISTRY_MISSING',
          `${schema.name} v${version} is not registered for ${subjectOf(topic, options.prefix)}: run \`millrace schemas register\``,
        )
      ids.set(name, id)
      texts.set(id, avsc)
    }
  }
  return confluentWireFormat(lookup(client, ids, texts), { writes: options.writes })
}

function lookup(client: RegistryClient, ids: Map<string, number>, texts: Map<number, string>): RegistryLookup {
  /** When the registry said that there is no such id; 0 while it is asked. */
  const unknown = new Map<number, number>()
  const ask = (id: number) => {
    if (unknown.size >= MAX_UNKNOWN) unknown.clear()
    unknown.set(id, 0)
    client.schemaOf(id).then(
      (text) => {
        if (text === undefined) return unknown.set(id, Date.now())
        unknown.delete(id)
        return texts.set(id, text)
      },
      // Asked again with the record's next try.
      () => unknown.delete(id),
    )
  }
  return {
    idOf(schema: Schema<unknown>) {
      const id = ids.get(`${schema.name} ${schema.versions.length}`)
      if (id === undefined) throw new ServiceKitError('MR_REGISTRY_MISSING', `${schema.name} is of no topic`)
      return id
    },
    schemaOf(id) {
      const text = texts.get(id)
      if (text !== undefined) return text
      const missingSince = unknown.get(id)
      if (missingSince !== undefined && missingSince > Date.now() - ASK_AGAIN_MS) return undefined
      if (missingSince !== 0) ask(id)
      throw new ServiceKitError('MR_REGISTRY_UNAVAILABLE', `the schema registry is being asked for schema ${id}`)
    },
  }
}

/**
 * Stands for a wire format that is still being opened: until then nothing can be written or read, and whoever tries is told to try again
 * (`MR_REGISTRY_UNAVAILABLE`), or what it failed with.
 */
export function pendingWireFormat(opening: Promise<WireFormat>): WireFormat {
  let opened: WireFormat | undefined
  let failure: unknown
  opening.then(
    (wire) => {
      opened = wire
    },
    (error) => {
      failure = error
    },
  )
  const wire = () => {
    if (opened !== undefined) return opened
    throw failure ?? new ServiceKitError('MR_REGISTRY_UNAVAILABLE', 'the schema registry has not answered yet')
  }
  return {
    encode: (schema, value) => wire().encode(schema, value),
    decode: (schema, bytes) => wire().decode(schema, bytes),
  }
}
