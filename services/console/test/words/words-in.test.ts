import { snapshotValue } from '@millrace/test-support'
import { expect, test } from 'vitest'
import { payloadWords } from '../../src/words/payload-words.ts'
import { snapshotWords } from '../../src/words/record-words.ts'
import { personIn, wordsIn, wordsWanted } from '../../src/words/words-in.ts'

test('a payload is found by addresses anywhere, by names, numbers and subjects, and by nothing else that it says', () => {
  const payload = JSON.stringify({
    conversation: { subject: 'Refund for order 4711', recipient: { name: 'Ada Lovelace', handle: 'Ada@Example.org' } },
    target: { data: { body: 'Dear all, please write to finance@acme.co.uk instead of calling' } },
    contact: { 'Phone-Number': '+49 (171) 234-5678', age: 36 },
  })
  expect(payloadWords(payload).sort()).toEqual(
    [
      ...['word:refund', 'word:for', 'word:order', 'word:4711', 'word:ada', 'word:lovelace'],
      ...['address:ada@example.org', 'domain:example.org', 'address:finance@acme.co.uk', 'domain:acme.co.uk'],
      'phone:712345678',
    ].sort(),
  )
})

test('of what is no JSON addresses alone are indexed', () => {
  expect(payloadWords('from=bo%40x; bo@acme.example wrote')).toEqual(['address:bo@acme.example', 'domain:acme.example'])
})

test('an address is indexed however deep and late it stands in a payload of megabytes', () => {
  const deep = JSON.parse(`${'['.repeat(40)}"bo@acme.example"${']'.repeat(40)}`)
  const text = `${'a@b '.repeat(200_000)}write to <cy@acme.example>.`
  expect(payloadWords(JSON.stringify({ deep, body: text }))).toEqual(
    expect.arrayContaining(['address:bo@acme.example', 'address:cy@acme.example']),
  )
})

test('addresses are kept however many names and words there are', () => {
  const people = Array.from({ length: 600 }, (_, place) => ({
    name: `First${place} Last${place}`,
    handle: `p${place}@x.example`,
  }))
  const words = payloadWords(JSON.stringify({ people }))
  expect(words.filter((word) => word.startsWith('address:'))).toHaveLength(600)
  expect(words.filter((word) => word.startsWith('word:'))).toHaveLength(128)
})

test('words are the same however they are written', () => {
  expect(wordsIn('ÉLAN cafe\u0301')).toEqual(wordsIn('élan CAFÉ'))
})

test('a number is found with and without its country', () => {
  expect(personIn('0171 2345678')).toEqual(personIn('+49-171-2345678'))
})

test('a searched text is an address, a domain, a number, or all of its words', () => {
  expect(wordsWanted(' Ada@Example.org ')).toEqual([['address:ada@example.org']])
  expect(wordsWanted('@example.org refund')).toEqual([['domain:example.org', 'word:refund']])
  expect(wordsWanted('+49 171 2345678')).toEqual([['phone:712345678'], ['word:49', 'word:171', 'word:2345678']])
  expect(wordsWanted('Order 4711, again!')).toEqual([['word:order', 'word:4711', 'word:again']])
  expect(wordsWanted('%%')).toEqual([])
})

test('a conversation is found by everybody in it, its subject and its tags', () => {
  const author = { id: null, name: 'Grace Hopper', handle: 'grace@navy.example' }
  const message = {
    ...{ id: 'msg_9', type: 'email', is_inbound: true, created_at: 9, subject: null, blurb: 'secret', text: 'secret' },
    ...{ is_truncated: false, author, recipients: [{ role: 'to', name: null, handle: '+44 20 7946 0123' }] },
    attachments: [],
  }
  const words = snapshotWords(
    snapshotValue({ subject: 'Late again', tags: [{ id: 'tag_1', name: 'Very Urgent' }], messages: [message] }),
  )
  expect(words).toEqual(expect.arrayContaining(['address:grace@navy.example', 'word:hopper', 'phone:079460123']))
  expect(words).toEqual(expect.arrayContaining(['word:late', 'exact:tag_1', 'exact:Very Urgent']))
  expect(words).not.toContain('word:secret')
})

test('a conversation is found by an address that only a text of it names', () => {
  const texts = { subject: 'for a@one.example', blurb: 'b@two.example', text: 'ask\nc@three.example' }
  const message = {
    ...{ id: 'msg_9', type: 'email', is_inbound: true, created_at: 9, ...texts, is_truncated: false },
    ...{ author: null, recipients: [], attachments: [] },
  }
  const comment = { id: 'com_1', author: null, text: 'she is d@four.example now', posted_at: 9 }
  const custom_fields_json = JSON.stringify({ Backup: 'see\ne@five.example' })
  const words = snapshotWords(snapshotValue({ messages: [message], comments: [comment], custom_fields_json }))
  const addresses = ['a@one', 'b@two', 'c@three', 'd@four', 'e@five'].map((name) => `address:${name}.example`)
  expect(words).toEqual(expect.arrayContaining(addresses))
})
