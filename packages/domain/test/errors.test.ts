import { expect, test } from 'vitest'
import { DomainError, type DomainErrorCode, domainErrors } from '../src/index.ts'

test.each(Object.keys(domainErrors) as DomainErrorCode[])('%s carries what its table row says', (code) => {
  const error = new DomainError(code, 'message', 3)
  const { statusCode, retryable } = domainErrors[code]
  expect(error).toMatchObject({ name: 'DomainError', code, statusCode, retryable, offset: 3 })
  expect(code).toMatch(/^MR_DOMAIN_[A-Z0-9_]+$/)
})
