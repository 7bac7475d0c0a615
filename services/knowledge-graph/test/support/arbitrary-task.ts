import fc from 'fast-check'

/** A JSON value, falsy ones often. */
const anything = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, false, null, '', [], {}) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
)
const text = fc.oneof(
  fc.constantFrom('', 'x', 'call +44 20 7946 0958 by 5 May', 'see https://acme.example/a', 'bo@acme.example'),
  fc.string({ maxLength: 12 }),
)

const id = fc.integer({ min: 1, max: 6 })
const user = fc.oneof(
  fc.record(
    {
      id,
      username: text,
      email: fc.constantFrom('bo@acme.example', 'ann@gmail.com', null),
      color: anything,
      profilePicture: fc.constant(null),
    },
    { requiredKeys: ['id'] },
  ),
  id,
  // What the contract takes too: a name without an id, and nothing that says who it is.
  fc.record({ username: fc.constantFrom('Ann', 'Bo', ' ', null), initials: text }, { requiredKeys: [] }),
)
const options = [
  { id: 'o-1', name: 'Gold', label: 'Gold', orderindex: 0 },
  { id: 'o-2', name: 'Iron', label: 'Iron', orderindex: 1 },
]
const numeral = fc.oneof(fc.constantFrom(0, '0', '12.50', -1), fc.integer({ min: -9, max: 99 }))

/** Every kind of custom field of ClickUp with values that it can have; each may be null, anything at all, or unset. */
const kinds: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  drop_down: fc.constantFrom(0, 1, '1', 'o-1', 'gone', 7),
  labels: fc.subarray(['o-1', 'o-2', 'gone']),
  users: fc.array(fc.record({ id, username: text, email: fc.constantFrom('kim@acme.example', null) }), {
    maxLength: 2,
  }),
  currency: numeral,
  date: fc.constantFrom('1780000000000', 1_780_000_000_000, ''),
  emoji: fc.integer({ min: 0, max: 5 }),
  rating: fc.integer({ min: 0, max: 5 }),
  automatic_progress: fc.record({ percent_complete: fc.integer({ min: 0, max: 100 }) }),
  manual_progress: fc.record({ current: numeral, percent_complete: fc.integer({ min: 0, max: 100 }) }),
  location: fc.record({
    location: fc.record({ lat: fc.constant(52.5), lng: fc.constant(0) }),
    formatted_address: text,
  }),
  tasks: fc.array(fc.record({ id: fc.constantFrom('86d3f01zz', 'other'), name: text, status: text }), { maxLength: 2 }),
  list_relationship: fc.array(fc.record({ id: fc.constantFrom('86d3f01zz'), name: text }), { maxLength: 1 }),
  checkbox: fc.constantFrom(true, false, 'true', 'false'),
  url: fc.constantFrom('https://acme.example/x', ''),
  email: fc.constantFrom('bo@acme.example', ''),
  phone: fc.constantFrom('+442079460958', '+1 555 0100', ''),
  number: numeral,
  short_text: text,
  text,
  attachment: fc.array(
    fc.record({ id: text, title: text, url: fc.constant('https://acme.example/f.pdf'), size: numeral }),
    { maxLength: 2 },
  ),
  formula: numeral,
  votes: fc.array(user, { maxLength: 2 }),
  button: fc.constantFrom({}, { clicked: false }),
  signature: fc.record({ signed: fc.boolean(), signed_by: fc.constantFrom(null, 5) }),
  hologram: anything,
}

/** Every kind of custom field that the generator knows. */
export const fieldKinds = Object.keys(kinds)

const field = fc.constantFrom(...fieldKinds).chain((type) =>
  fc.record(
    {
      id: fc.oneof({ weight: 9, arbitrary: fc.uuid() }, { weight: 1, arbitrary: fc.constantFrom('f-1', null) }),
      name: fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.constant(null) }),
      type: fc.constant(type),
      type_config: fc.constant({ options, precision: 2, currency_type: 'EUR' }),
      date_created: fc.constant('1772000000000'),
      hide_from_guests: fc.boolean(),
      required: fc.constantFrom(null, false),
      value: fc.oneof({ weight: 6, arbitrary: kinds[type] ?? anything }, { weight: 1, arbitrary: anything }),
    },
    { requiredKeys: [] },
  ),
)

/** A name may be null or blank, and an object may have a property that means something else to the graph. */
const oddlyNamed = fc.record(
  { status: fc.constantFrom(null, '', ' ', 'open'), color: text, is_text: fc.boolean(), stated: anything },
  { requiredKeys: [] },
)

/** Words of a name; status, priority and tag are told apart by it. */
const name = fc.constantFrom('open', 'Open', 'done', 'in review', '0')

function named(property: string) {
  return fc.record(
    { [property]: name, id: fc.constantFrom('s1', null), color: text, orderindex: fc.constantFrom(0, '1'), type: text },
    { requiredKeys: [property] as never[] },
  )
}

/** A task as ClickUp may send it: every part may be there, null, empty or missing, and no value is too falsy. */
const anyTask = fc.record(
  {
    id: fc.constantFrom('86d3f01jq', 't2', 'task_3'),
    name: text,
    description: fc.oneof(text, fc.constant(null)),
    text_content: fc.oneof(text, fc.constant(null)),
    status: fc.oneof(named('status'), name, fc.constant(null), oddlyNamed),
    priority: fc.oneof(named('priority'), fc.constant(null)),
    tags: fc.oneof(
      fc.array(fc.oneof(named('name'), fc.constant({ name: '' })), { maxLength: 3 }),
      fc.constantFrom(null, 'vip'),
    ),
    assignees: fc.oneof(fc.array(user, { maxLength: 3 }), fc.constant(null)),
    watchers: fc.oneof(fc.array(user, { maxLength: 2 }), fc.constant(null)),
    creator: fc.oneof(user, fc.constant(null)),
    custom_fields: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.array(
          fc.oneof(
            { weight: 9, arbitrary: field },
            fc.record({ id: fc.constant('f-2'), place: anything, value: anything }),
          ),
          { maxLength: 8 },
        ),
      },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    parts: anything,
    points: anything,
    time_spent: fc.constantFrom(0, null, 5),
    archived: fc.boolean(),
    due_date: fc.constantFrom(null, '1780000000000'),
    list: fc.constantFrom({ id: '9', name: 'List', access: false }, null),
    checklists: fc.constantFrom([], null, [{ id: 'c', items: [] }]),
  },
  { requiredKeys: ['id'], noNullPrototype: true },
)

/** As JSON carries it: it knows one zero only. */
export const task = anyTask.map((whole) => JSON.parse(JSON.stringify(whole)) as typeof whole)

/** The part of a task that its graph holds. */
export function structureOf(whole: object): Record<string, unknown> {
  const copy = structuredClone(whole) as Record<string, unknown>
  for (const each of Array.isArray(copy.custom_fields) ? copy.custom_fields : []) delete each.type_config
  return copy
}
