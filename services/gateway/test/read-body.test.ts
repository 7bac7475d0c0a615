import { expect, test } from 'vitest'
import { createByteBudget } from '../src/read-body.ts'

const MIB = 1_048_576

test('bodies that do not end take an eighth of the memory for one address and half of it for all, so that others get through', () => {
  const budget = createByteBudget(256 * MIB)
  const held = (address: string) => {
    let count = 0
    while (budget.takePart(MIB, address)) count++
    return count
  }
  expect(held('192.0.2.1')).toBe(32)
  expect([2, 3, 4, 5].map((last) => held(`192.0.2.${last}`))).toEqual([32, 32, 32, 0])
  expect(budget.take(MIB)).toBe(true)
  expect(budget.inHand()).toBe(129 * MIB)
})

test('a body that has ended leaves its share to the next of its address, and its bytes in hand until they are given back', () => {
  const budget = createByteBudget(16 * MIB)
  expect(budget.takePart(2 * MIB, '192.0.2.1')).toBe(true)
  expect(budget.takePart(1, '192.0.2.1')).toBe(false)
  budget.endPart(2 * MIB, '192.0.2.1')
  expect(budget.inHand()).toBe(2 * MIB)
  expect(budget.takePart(2 * MIB, '192.0.2.1')).toBe(true)
  budget.give(2 * MIB)
  expect(budget.inHand()).toBe(2 * MIB)
})
