import { expect, test } from 'vitest'
import { tellRisks } from '../src/tell-risks.ts'
import { frontSource } from './support/installation.ts'

const now = Date.UTC(2026, 11, 1)

function told(secrets: typeof frontSource.secrets, isValidationRequired = true): string[] {
  const lines: string[] = []
  const log = { warn: (_: object, message?: string) => void lines.push(message ?? '') }
  tellRisks([{ ...frontSource, secrets }], isValidationRequired, log, now)
  return lines
}

test('a source that would refuse everything is told, one with a secret whose time is now is not', () => {
  const secret = { id: 'a', secret: 'x' }
  expect(told([])).toEqual(['source has no secret: all of its requests will be refused'])
  expect(told([{ ...secret, notAfter: now }])).toEqual([
    'source has no secret whose time is now: all of its requests will be refused',
  ])
  expect(told([{ ...secret, notBefore: now + 1 }])).toHaveLength(1)
  expect(told([{ ...secret, notAfter: now }, secret])).toEqual([])
})

test('that signatures are not required is told whatever secrets there are', () => {
  expect(told([{ id: 'a', secret: 'x' }], false)).toEqual([expect.stringContaining('SIGNATURES ARE NOT REQUIRED')])
})
