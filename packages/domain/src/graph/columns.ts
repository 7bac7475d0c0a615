import { type Properties, propertiesOf } from './client-graph.ts'

/** Types that Neo4j's import and GraphML both have. */
export type ColumnType = 'boolean' | 'long' | 'double' | 'string'

/** A property as a column: typed by the values that it has. */
export interface Column {
  /** Name of the property. */
  readonly property: string
  /** Name of the column: letters, digits and `_`, unlike any other. */
  readonly name: string
  readonly type: ColumnType
}

/** Properties that become columns of their own; vendors' objects may have hundreds. */
const MAX_COLUMNS = 200

/**
 * The columns of what is exported: one for each property that holds a text, number or boolean somewhere. What is an object or array, and what is a
 * property too many, stays in the JSON of all properties, which is a column too.
 * @param taken names of the columns that there are already
 */
export function columnsOf(values: Iterable<{ readonly properties_json: string }>, taken: readonly string[]): Column[] {
  const types = new Map<string, ColumnType>()
  for (const value of values) {
    for (const [property, held] of Object.entries(propertiesOf(value))) {
      const type = typeOfValue(held)
      if (type === undefined) continue
      const known = types.get(property)
      if (known !== undefined) types.set(property, widest(known, type))
      else if (types.size < MAX_COLUMNS) types.set(property, type)
    }
  }
  const names = new Set(taken)
  return [...types]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([property, type]) => ({ property, name: nameFor(property, names), type }))
}

/** The text of a property in its column; undefined when it has none there. */
export function cellOf(properties: Properties, { property, type }: Column): string | undefined {
  const value = Object.hasOwn(properties, property) ? properties[property] : undefined
  if (typeOfValue(value) === undefined) return undefined
  if (type === 'string' || typeof value === 'boolean') return String(value)
  return typeof value === 'number' ? JSON.stringify(value) : undefined
}

function typeOfValue(value: unknown): ColumnType | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value as 'string' | 'boolean'
  if (typeof value !== 'number') return undefined
  return Number.isSafeInteger(value) ? 'long' : 'double'
}

function widest(a: ColumnType, b: ColumnType): ColumnType {
  if (a === b) return a
  return a !== 'string' && b !== 'string' && a !== 'boolean' && b !== 'boolean' ? 'double' : 'string'
}

function nameFor(property: string, taken: Set<string>): string {
  const plain = property.replace(/[^A-Za-z0-9_]+/g, '_').slice(0, 60) || '_'
  let name = plain
  for (let more = 2; taken.has(name.toLowerCase()); more++) name = `${plain}_${more}`
  taken.add(name.toLowerCase())
  return name
}
