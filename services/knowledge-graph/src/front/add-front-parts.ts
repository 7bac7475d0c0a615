import { asId, asText, hashedPart, type JsonObject } from '@millrace/domain'
import { addMentions } from '../add-mentions.ts'
import { nodeId, TENANT_WIDE } from '../graph-ids.ts'
import { normalUrl } from '../text/read-links.ts'
import { addFrontPerson } from './add-front-person.ts'
import { type FrontContext, linkedIdOf, ownPropertiesOf } from './front-context.ts'

/** An inbox with the team that owns it; null without an id. */
export function addInbox(context: FrontContext, inbox: JsonObject): string | null {
  return addOwned(context, 'inbox', [], inbox)
}

/** A tag. Front's tags may share a name, so each is its id. */
export function addTag(context: FrontContext, tag: JsonObject): string | null {
  return addOwned(context, 'tag', ['front'], tag)
}

function addOwned(
  { draft, account }: FrontContext,
  type: 'inbox' | 'tag',
  scope: readonly string[],
  object: JsonObject,
) {
  const id = asId(object.id)
  if (id === null) return null
  const node = draft.node(type, nodeId(type, account, ...scope, id), ownPropertiesOf(object, []), { isOfClient: false })
  const team = linkedIdOf(object, 'owner', 'tim_')
  if (team !== null) {
    draft.relate(
      'owned_by',
      node,
      draft.node('team', nodeId('team', account, team), { id: team }, { isOfClient: false }),
    )
  }
  return node
}

/** What Front links a conversation to: a URL, or a contact; null for what is neither. */
export function addLink(context: FrontContext, link: JsonObject): string | null {
  const url = asText(link.external_url) ?? asText(link.url)
  if (url !== null) {
    const properties = { ...ownPropertiesOf(link, ['external_url']), url }
    return context.draft.node('url', nodeId('url', TENANT_WIDE, hashedPart(normalUrl(url))), properties)
  }
  return link.type === 'contact' ? addFrontPerson(context, { id: link.id, name: link.name }) : null
}

/** A conversation's custom fields, which Front keys by display name: a value belongs to its conversation. */
export function addFrontFields(
  context: FrontContext,
  conversation: string,
  id: string,
  fields: JsonObject,
  pointer: string,
): void {
  const { draft, account } = context
  for (const [name, value] of Object.entries(fields)) {
    const node = nodeId('custom_field_value', account, id, 'name', name)
    draft.node('custom_field_value', node, { name, value })
    draft.relate('has_custom_field', conversation, node)
    draft.complete(node, 'mentions')
    if (typeof value === 'string') {
      addMentions(context, { of: node, field: 'value', text: value, format: 'markdown', pointer: `${pointer}/${name}` })
    }
  }
}
