import { readFileSync } from 'node:fs'
import { asId, asObject, asText, at as pathOf } from '@millrace/domain'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { addMentions } from '../src/add-mentions.ts'
import { addPerson } from '../src/add-person.ts'
import type { Extractor } from '../src/extractor.ts'
import { createGraphDraft } from '../src/graph-draft.ts'
import { nodeId } from '../src/graph-ids.ts'
import { domainId, personByEmail, phoneId } from './support/ids.ts'

// The worked example of the README; a test holds both equal.
export const formExtractor: Extractor = {
  name: 'form',
  version: 1,
  types: ['hmac.form.sent'],
  schema: z.looseObject({ form: z.looseObject({ id: z.union([z.string(), z.number()]) }) }),
  reads: 'a form that was sent in',
  extract(body, { account, at, locale }) {
    const form = asObject(pathOf(body, 'form'))
    const id = asId(form?.id)
    if (form === null || id === null) return { ok: false, problems: [{ pointer: '/form/id', rule: 'an id' }] }
    const unread: string[] = []
    const draft = createGraphDraft()
    const node = draft.node('message', nodeId('message', account, 'form', id), { id }, { standing: 'exists' })
    const sender = addPerson(draft, { account, handles: [String(form.email)] })
    if (sender !== null) draft.relate('sent_by', node, sender)
    const text = {
      of: node,
      field: 'text',
      text: asText(form.text) ?? '',
      format: 'plain',
      pointer: '/form/text',
    } as const
    addMentions({ draft, account, at, locale, skip: (pointer) => unread.push(pointer) }, text)
    draft.complete(node, 'sent_by', 'mentions')
    return { ok: true, graph: { ...draft.finish(), unread } }
  },
}

test('the README’s example of a new kind of event works as it is written there', () => {
  const code = (text: string) => text.replaceAll(/\s+|,(?=\s*[)\]}])/g, '')
  const file = (path: string) => code(readFileSync(new URL(path, import.meta.url), 'utf8'))
  const example = /```ts(export.*?)```/.exec(file('../README.md'))?.[1] ?? 'no example'
  expect(file('new-kind.test.ts')).toContain(example)

  const body = { event: 'form.sent', form: { id: 'f1', email: 'bo@acme.com', text: 'Call +44 20 7946 0958' } }
  const extraction = formExtractor.extract(body, { account: 'default', clientId: null, type: 'hmac.form.sent', at: 0 })
  expect(extraction.ok && extraction.graph.relationships.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      `message:default:form:f1>sent_by>${personByEmail('bo@acme.com')}`,
      `message:default:form:f1>mentions>${phoneId('+442079460958')}`,
      `${personByEmail('bo@acme.com')}>member_of>${domainId('acme.com')}`,
    ]),
  )
})

test('and says what is wrong with a form that is none', () => {
  expect(formExtractor.extract({}, { account: 'a', clientId: null, type: 'hmac.form.sent', at: 0 })).toMatchObject({
    ok: false,
  })
})
