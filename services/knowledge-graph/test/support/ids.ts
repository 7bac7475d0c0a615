import { hashedPart } from '@millrace/domain'
import { emailAddress, organisation, phone } from '../../src/add-mentions.ts'
import { nodeId, TENANT_WIDE } from '../../src/graph-ids.ts'

export { personByEmail } from '../../src/person-identity.ts'

export const addressId = (address: string) => emailAddress(address).id
export const phoneId = (number: string) => phone(number).id
export const domainId = (domain: string) => organisation(domain).id
export const urlId = (url: string) => nodeId('url', TENANT_WIDE, hashedPart(url))
