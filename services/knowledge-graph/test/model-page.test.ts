import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { snapshotExtractor } from '../src/extract-snapshot.ts'
import { extractors } from '../src/extractors.ts'
import { nodeTypes } from '../src/node-types.ts'
import { relationshipTypes, ruleOf } from '../src/relationship-types.ts'

/** docs/graph-model.md: every type and extractor in one line each, as the code has them. */
function modelPage(): string {
  const nodes = Object.entries(nodeTypes).map(([type, { meaning }]) => `| \`${type}\` | ${meaning} |`)
  const relationships = Object.entries(relationshipTypes).map(([type, { meaning }]) => {
    const { isSingle, statedBy } = ruleOf(type)
    return `| \`${type}\` | ${meaning} | ${isSingle ? 'one' : 'several'} | ${statedBy === 'to' ? 'the second' : 'the first'} |`
  })
  const readers = [...extractors, snapshotExtractor].map(
    ({ name, version, types, reads }) =>
      `| \`${name}\` | ${version} | ${types.map((type) => `\`${type}\``).join(' ')} | ${reads} |`,
  )
  return [
    '# The graph’s types',
    '',
    '<!-- Made from services/knowledge-graph/src by its tests: `npx vitest run test/model-page.test.ts --update` there. Do not edit. -->',
    '',
    '## Nodes',
    '',
    '| type | what it is |',
    '|---|---|',
    ...nodes,
    '',
    '## Relationships',
    '',
    'Directed from → to. *Targets*: how many hold at a time. *Stated by*: the end whose events begin and end it.',
    '',
    '| type | from → to | targets | stated by |',
    '|---|---|---|---|',
    ...relationships,
    '',
    'The words of a text (`spans`) are in the provenance of the `mentions` relationship, one for each place, and in that of the mentioned node, where `field` also names the node whose text it is: `task:acme:86d3f01jq#description`.',
    '',
    '## Extractors',
    '',
    '| extractor | version | event types | reads |',
    '|---|---|---|---|',
    ...readers,
    '',
  ].join('\n')
}

test('docs/graph-model.md lists every type of node and relationship and every extractor', async () => {
  await expect(modelPage()).toMatchFileSnapshot('../../../docs/graph-model.md')
})

test.each([...extractors, snapshotExtractor])(
  'docs/schemas/extractors has the schema of $name',
  async ({ name, version, schema }) => {
    const title = `${name}, version ${version}`
    // What an id may not hold cannot be said in JSON Schema.
    const text = JSON.stringify({ title, ...z.toJSONSchema(schema) }, null, 2)
    await expect(`${text}\n`).toMatchFileSnapshot(`../../../docs/schemas/extractors/${name}.v${version}.json`)
  },
)

test('an extractor takes a body exactly if its schema does', () => {
  const part = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.record({ id: fc.jsonValue({ maxDepth: 1 }), name: fc.jsonValue() }),
  )
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { task: part, payload: part, id: fc.jsonValue({ maxDepth: 1 }), name: fc.jsonValue() },
      { requiredKeys: [] },
    ),
  )
  fc.assert(
    fc.property(body, fc.constantFrom(...extractors), (json, { extract, schema }) => {
      const scope = { account: 'default', clientId: null, type: 'task.received', at: 0 }
      expect(extract(json, scope).ok).toBe(schema.safeParse(json).success)
    }),
    { numRuns: 2_000 },
  )
})
