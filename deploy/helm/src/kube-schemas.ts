import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '@millrace/local'
import { parseAllDocuments } from 'yaml'
import { moduleSource } from './tools.ts'

const KUBERNETES = 'k8s.io/kubernetes@v1.34.2'
/** Where the custom resources of the chart are described, and which of them it uses. */
const customResources = [
  { module: 'github.com/kedacore/keda/v2@v2.21.0', folder: 'config/crd/bases' },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    folder: 'example/prometheus-operator-crd',
  },
  { module: 'sigs.k8s.io/gateway-api@v1.6.0', folder: 'config/crd/standard' },
] as const

interface JsonSchema {
  properties?: Record<string, JsonSchema>
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  [name: string]: unknown
}

interface KubeDefinition extends JsonSchema {
  'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
}

export interface CustomResourceDefinition {
  kind: 'CustomResourceDefinition'
  metadata: { name: string }
  spec: {
    group: string
    names: { kind: string }
    versions: { name: string; schema?: { openAPIV3Schema?: JsonSchema } }[]
  }
}

/**
 * A directory of JSON schemas as kubeconform looks them up (`{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json`), of Kubernetes and of the custom resources
 * that the chart uses, from their published sources. Nothing may stand in an object that its schema does not name.
 */
export async function kubeSchemas(): Promise<string> {
  const name = [KUBERNETES, ...customResources.map(({ module }) => module)].map((one) => one.split('@')[1]).join('-')
  const directory = join(root, '.local/cache', `kube-schemas-${name}`)
  if (existsSync(directory)) return directory
  const partial = `${directory}.partial-${process.pid}`
  await mkdir(partial, { recursive: true })
  await writeKubernetes(partial)
  await writeCustom(partial)
  await rename(partial, directory).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(directory)) throw error
  })
  return directory
}

/** For `-schema-location`. */
export const schemaTemplate = (directory: string) =>
  join(directory, '{{.ResourceKind}}_{{.Group}}_{{.ResourceAPIVersion}}.json')

async function writeKubernetes(directory: string): Promise<void> {
  const source = await moduleSource(KUBERNETES)
  const text = await readFile(join(source, 'api/openapi-spec/swagger.json'), 'utf8')
  const { definitions } = JSON.parse(text) as { definitions: Record<string, KubeDefinition> }
  for (const definition of Object.values(definitions)) closed(definition)
  // The document says `string` for both; a number is as good.
  for (const name of ['util.intstr.IntOrString', 'api.resource.Quantity'])
    definitions[`io.k8s.apimachinery.pkg.${name}`] = { oneOf: [{ type: 'string' }, { type: 'number' }] }
  await writeFile(
    join(directory, '_definitions.json'),
    JSON.stringify({ definitions }).replaceAll('"#/definitions/', '"_definitions.json#/definitions/'),
  )
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
      const schema = { $ref: `_definitions.json#/definitions/${name}` }
      await writeFile(join(directory, fileOf(kind, group, version)), JSON.stringify(schema))
    }
  }
}

async function writeCustom(directory: string): Promise<void> {
  for (const { spec } of await customResourceDefinitions()) {
    for (const { name, schema } of spec.versions) {
      if (schema?.openAPIV3Schema === undefined) continue
      const path = join(directory, fileOf(spec.names.kind, spec.group, name))
      await writeFile(path, JSON.stringify(closed(schema.openAPIV3Schema)))
    }
  }
}

/** The definitions of the custom resources that the chart uses, and of those that come with them. */
export async function customResourceDefinitions(): Promise<CustomResourceDefinition[]> {
  const found: CustomResourceDefinition[] = []
  for (const { module, folder } of customResources) {
    const source = join(await moduleSource(module), folder)
    for (const file of (await readdir(source)).filter((name) => name.endsWith('.yaml'))) {
      const documents = parseAllDocuments(await readFile(join(source, file), 'utf8'))
      const objects = documents.map((document) => document.toJSON() as CustomResourceDefinition | null)
      found.push(...objects.flatMap((one) => (one?.kind === 'CustomResourceDefinition' ? [one] : [])))
    }
  }
  return found
}

/** kubeconform's own words: the kind in lower case; the core's group is its version. */
function fileOf(kind: string, group: string, version: string): string {
  return `${kind.toLowerCase()}_${group || version}_${version}.json`
}

/** An object with named properties takes no others; what keeps unknown fields says so itself. */
function closed(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties } = schema
  if (properties !== undefined) {
    if (additionalProperties === undefined && schema['x-kubernetes-preserve-unknown-fields'] !== true)
      schema.additionalProperties = false
    for (const property of Object.values(properties)) closed(property)
  }
  if (typeof items === 'object') closed(items)
  if (typeof additionalProperties === 'object') closed(additionalProperties)
  return schema
}
