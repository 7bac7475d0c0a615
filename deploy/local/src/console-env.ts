import { join } from 'node:path'
import { type Env, portOf, urlOf } from './local-env.ts'
import { type PortSetting, services } from './services.ts'

/** Where the console leaves the link of the first administrator, until they have set a password. */
export const LINK_FILE = 'console-link'

/**
 * Settings of the console of the local stack, and of the command line that talks to it.
 * @param given what the person set
 * @param directory what running the project leaves behind
 * @param adminToken made for this checkout
 */
export function consoleEnv(given: Env, directory: string, adminToken: string | undefined): Env {
  const token = given.CONSOLE_ADMIN_TOKEN ?? adminToken
  return {
    CONSOLE_HOST: '127.0.0.1',
    // One person runs the local stack: there is nobody who could be the second one of an approval.
    CONSOLE_APPROVALS: 'one-person',
    // Among the data of the topics that it is made from: both go together.
    CONSOLE_DATA_DIR: join(directory, 'data/console'),
    CONSOLE_LINK_FILE: join(directory, LINK_FILE),
    CONSOLE_GATEWAY_URL: urlOf(given, 'gateway'),
    CONSOLE_SERVICES: services.flatMap(({ name, admin }) => (admin ? healthOf(name, admin, given) : [])).join(','),
    MILLRACE_CONSOLE_URL: urlOf(given, 'console'),
    ...(token === undefined ? {} : { MILLRACE_CONSOLE_TOKEN: token }),
  }
}

function healthOf(name: string, admin: PortSetting, given: Env): string {
  return `${name}=http://127.0.0.1:${portOf(given, admin)}`
}
