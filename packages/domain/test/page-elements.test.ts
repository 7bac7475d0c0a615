import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elementsOf } from '../src/index.ts'

const texts = (page: string, member = '_results') => elementsOf(Buffer.from(page), member).map(String)

describe('the elements of a page', () => {
  test('are the bytes that were sent: escapes, numbers and spaces stay as they were', () => {
    const first = '{"id":"evt_1", "emitted_at":1518309200.0,"text":"caf\\u00e9 ]},{\\"[","n":1e3}'
    const page = `{"_pagination":{"next":null,"_results":[9]},"_results" : [ ${first} ,\n{"_results":[1,2]} ] ,"_links":{"self":"x"}}`
    expect(texts(page)).toEqual([first, '{"_results":[1,2]}'])
  })

  test('are none where the page holds no such list', () => {
    expect(texts('{"_results":{"0":1},"a":["_results"]}')).toEqual([])
    expect(texts('{"_results":[]}')).toEqual([])
  })

  test('are those of the last list when the name comes twice, as parsed JSON has it', () => {
    expect(texts('{"_results":[1],"_results":[2,3]}')).toEqual(['2', '3'])
  })

  test('parse to what the parsed page holds, whatever is in it', () => {
    const member = fc.constantFrom('_results', 'a"b', '[', '\\')
    fc.assert(
      fc.property(
        fc.dictionary(member, fc.array(fc.jsonValue())),
        member,
        fc.constantFrom(0, 2),
        (page, name, indent) => {
          const bytes = Buffer.from(JSON.stringify(page, null, indent))
          const found = elementsOf(bytes, name).map((element) => JSON.parse(String(element)))
          expect(found).toEqual((JSON.parse(String(bytes)) as Record<string, unknown[]>)[name] ?? [])
        },
      ),
    )
  })
})
