import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { allTopics, readersBesideGroups, serviceOfGroup, topics } from '../src/index.ts'

const docs = new URL('../../../docs/', import.meta.url)
const document = parse(readFileSync(new URL('asyncapi.yaml', docs), 'utf8'))

function references(part: unknown): string[] {
  if (part === null || typeof part !== 'object') return []
  return Object.entries(part).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : references(value)))
}

function resolves(reference: string): boolean {
  if (!reference.startsWith('#/')) return existsSync(new URL(reference, docs))
  const steps = reference.slice(2).split('/')
  return steps.reduce((part, step) => part?.[step], document) !== undefined
}

test('every topic is a channel', () => {
  expect(Object.keys(document.channels).sort()).toEqual(
    allTopics()
      .map(({ name }) => name)
      .sort(),
  )
})

test('every reference leads somewhere', () => {
  expect(references(document).filter((reference) => !resolves(reference))).toEqual([])
})

test('every group belongs to a service', () => {
  const groups = new Set(allTopics().flatMap((topic) => topic.groups))
  expect(Object.keys(serviceOfGroup).sort()).toEqual([...groups].sort())
})

test('every writer, group and other reader is an operation', () => {
  const sends = allTopics().flatMap((topic) => topic.writers)
  const receives = allTopics().flatMap((topic) => topic.groups)
  const others = Object.values(topics).flatMap(({ name }) => readersBesideGroups(name))
  expect(Object.keys(document.operations)).toHaveLength(sends.length + receives.length + others.length)
})
