import { expect, test } from 'vitest'
import { moduleOf, toolNames } from '../src/tools.ts'

test.for(toolNames)('the go.mod of %s says which program in which version is built', (name) => {
  expect(moduleOf(name)).toMatch(new RegExp(`^[a-z.]+/.+/cmd/${name}@v\\d+\\.\\d+\\.\\d+$`))
})
