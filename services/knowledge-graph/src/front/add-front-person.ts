import { asId, asObject, asText, type JsonObject, objectsIn } from '@millrace/domain'
import { addPerson } from '../add-person.ts'
import { type FrontContext, linkedIdOf, ownPropertiesOf } from './front-context.ts'

const VENDOR = 'front'

/** A teammate or contact (`tea_…`, `crd_…`) with what Front says of them. Returns the person's id; null when nothing identifies them. */
export function addFrontPerson({ draft, account }: FrontContext, value: unknown): string | null {
  const person = asObject(value)
  if (person === null) return null
  const id = asId(person.id)
  const handles = [
    asText(person.email),
    asText(person.handle),
    ...objectsIn(person.handles).map((each) => asText(each.handle)),
  ]
  return addPerson(draft, {
    account,
    vendorIds: id === null ? [] : [[VENDOR, id]],
    handles: handles.filter((handle) => handle !== null),
    properties: propertiesOf(person, id),
  })
}

function propertiesOf(person: JsonObject, id: string | null): JsonObject {
  const own = Object.entries(ownPropertiesOf(person, ['id', 'handle', 'handles', 'role'])).filter(
    ([, value]) => value !== null,
  )
  const name = asText([asText(person.first_name), asText(person.last_name)].filter((part) => part !== null).join(' '))
  return {
    ...Object.fromEntries(own),
    ...(name === null || asText(person.name) !== null ? {} : { name }),
    ...(id === null ? {} : { [id.startsWith('tea_') ? 'front_teammate_id' : 'front_contact_id']: id }),
  }
}

/** Sender or recipient of a message: a handle, often with a name and a link to the contact. */
export function addRecipient({ draft, account }: FrontContext, recipient: JsonObject): string | null {
  const contact = linkedIdOf(recipient, 'contact', 'crd_') ?? asId(recipient.id)
  const handle = asText(recipient.handle)
  const name = asText(recipient.name)
  return addPerson(draft, {
    account,
    vendorIds: contact === null ? [] : [[VENDOR, contact]],
    handles: handle === null ? [] : [handle],
    properties: { ...(name === null ? {} : { name }), ...(handle === null ? {} : { handle }) },
  })
}
