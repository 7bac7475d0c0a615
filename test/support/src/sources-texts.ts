import type fastCheck from 'fast-check'

/** What must never show in a problem: every secret of the texts begins with it. */
export const SECRET_MARK = 'Canary'

/** What YAML gives a meaning to, alone and where it hurts parsers. */
const pieces = [
  '? ',
  '- ',
  ': ',
  ':',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&a ',
  '*a',
  '*a ',
  '!t ',
  '!!binary ',
  '!<x> ',
  '|\n',
  '>-\n',
  '|9\n',
  '"',
  "'",
  '\\',
  '\\x',
  '\\u12',
  '#',
  ' #',
  '%YAML 1.2\n',
  '%TAG ! x\n',
  '---\n',
  '...\n',
  '<<: *a\n',
  '\t',
  ' ',
  '  ',
  '\n',
  '\r\n',
  '\r',
  '\u0000',
  '\ufeff',
  '\u2028',
  '\ud800',
  '~',
  'null',
  'true',
  '0x1f',
  '.nan',
  '1e999',
  '${',
  '$${',
  `\${A}`,
  `\${NOT_SET}`,
  '@',
  '`',
  '=',
  'a',
  'sources',
  'secrets',
  '__proto__',
  'constructor',
  `${SECRET_MARK}-1`,
] // prettier-ignore

const lines = [
  'tenants: [{ name: north, rate_limit_per_minute: 600 }]',
  'accounts:',
  '  - name: acme',
  '    tenant: north',
  `    api_token: ${SECRET_MARK}-token`,
  '  - name: globex',
  '    tenant: north',
  `    oauth: { client_id: a, client_secret: ${SECRET_MARK}-oauth, token_url: https://app.example/token }`,
  'providers:',
  '  pager:',
  '    schemes: [{ name: signed, header: x-pager-signature, template: "{body}" }]',
  '    handshakes: [{ when: [{ field: type, equals: ping }], challenge: token, answer: {} }]',
  'sources:',
  '  - name: front-support',
  '    tenant: north',
  '    account: acme',
  '    provider: front',
  '    schemes: [app, rule]',
  '    secrets:',
  `      - { id: new, secret: ${SECRET_MARK}-new, not_before: 2026-12-01T09:00:00Z }`,
  `      - { id: old, secret: "${SECRET_MARK}-old", not_after: 2026-12-08T09:00:00Z }`,
  '    allowed_addresses: [192.0.2.0/24, "2001:db8::/32"]',
  '    tolerance_ms: 60000',
  '  - name: pager',
  '    tenant: north',
  '    account: globex',
  '    provider: pager',
  '    path: /api/webhooks/pager',
  `    secrets: [{ secret: ${SECRET_MARK}-pager }]`,
  '    event_id_field: header:idempotency-key',
  '    synchronous: true',
]

/** What the damaged files are made of: a good one. */
export const wholeSourcesText = lines.join('\n')

/**
 * Texts for the parser of the sources file: anything, the marks of YAML in any order and in long runs, a good file with lines and characters lost,
 * doubled or replaced, and JSON of the right names with the wrong values. Up to about 10 KB each.
 * @param fc fast-check, from whoever runs it
 */
export function sourcesTexts(fc: typeof fastCheck): fastCheck.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces)
  const runs = fc
    .array(fc.tuple(piece, fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(1_500) })), {
      maxLength: 24,
    })
    .map((list) =>
      list
        .map(([text, count]) => text.repeat(count))
        .join('')
        .slice(0, 10_000),
    )
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(piece, { maxLength: 200 }).map((list) => list.join('')),
    runs,
    fc.tuple(damagedLines(fc), runs).map(([file, run]) => `${file}\n${run}`),
    damagedLines(fc),
    damagedCharacters(fc),
    wrongValues(fc),
  )
}

function damagedLines(fc: typeof fastCheck): fastCheck.Arbitrary<string> {
  const change = fc.record({ at: fc.nat(lines.length - 1), to: fc.option(fc.nat(lines.length - 1)), shift: fc.nat(6) })
  return fc.array(change, { maxLength: 6 }).map((changes) => {
    const file = [...lines]
    for (const { at, to, shift } of changes) {
      const line = file[at] ?? ''
      if (to === null) file.splice(at, 1)
      else file.splice(to, 0, ' '.repeat(shift) + line.slice(shift % 3))
    }
    return file.join('\n')
  })
}

function damagedCharacters(fc: typeof fastCheck): fastCheck.Arbitrary<string> {
  const whole = wholeSourcesText
  const change = fc.record({ at: fc.nat(whole.length), cut: fc.nat(12), put: fc.constantFrom('', ...pieces) })
  return fc
    .array(change, { minLength: 1, maxLength: 8 })
    .map((changes) => changes.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), whole))
}

function wrongValues(fc: typeof fastCheck): fastCheck.Arbitrary<string> {
  const names = lines.flatMap((line) => [...line.matchAll(/([a-z_]+):/g)].map((match) => match[1] ?? ''))
  const { any } = fc.letrec((tie) => ({
    any: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie('leaf'), tie('list'), tie('map')),
    leaf: fc.oneof(fc.constantFrom<unknown>(null, true, 0, -1, 1e21, '', 'front', `${SECRET_MARK}-value`), fc.string()),
    list: fc.array(tie('any'), { maxLength: 6 }),
    map: fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 8 }),
  }))
  return any.map((value) => JSON.stringify(value))
}
