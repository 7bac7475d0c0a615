import { expect, test } from 'vitest'
import { OperationsError, readSubject, subjectText } from '../../src/index.ts'

test.each([
  ['email:Ada.Lovelace@Example.COM', { kind: 'email', id: 'ada.lovelace@example.com' }],
  ['conversation:cnv_1', { kind: 'conversation', id: 'cnv_1' }],
  ['contact: crd_1', { kind: 'contact', id: 'crd_1' }],
  ['client:a:b', { kind: 'client', id: 'a:b' }],
])('%s is read', (text, subject) => {
  expect(readSubject(text)).toEqual(subject)
})

test('what is read back from its own text is the same', () => {
  const subject = readSubject('email:ada@example.com')
  expect(readSubject(subjectText(subject))).toEqual(subject)
})

test.each([
  '',
  'ada@example.com',
  'person:1',
  'email:',
  'email:ada',
  'email:a b@example.com',
  'conversation: ',
  'conversation:#index',
  'client:\u0007',
  `client:${'x'.repeat(501)}`,
])('refuses %j without repeating it', (text) => {
  try {
    readSubject(text)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(OperationsError)
    expect((error as OperationsError).problems).toMatchObject([{ pointer: '/subject' }])
    if (text.length > 6) expect((error as Error).message).not.toContain(text)
  }
})
