import { withDeadline } from './backoff.ts'
import type { VerbContext } from './consume.ts'
import type { MemberPort } from './port.ts'

const STOP_TIMEOUT_MS = 5_000
const DELETE_TIMEOUT_MS = 2_000

/** Stops a member that is alone in a group of its own and deletes the group, which would stay at the brokers for a while, empty. */
export async function leaveOwnGroup({ port, log }: VerbContext, member: MemberPort, group: string): Promise<void> {
  await withDeadline(member.stop(), STOP_TIMEOUT_MS)
  const admin = port.admin()
  const deleting = admin
    .deleteGroup(group)
    // A group that was never joined, brokers that are away, or no right to delete: the brokers forget an empty group by themselves.
    .catch((error: Error) => log.debug({ group, error: error.message }, 'group not deleted'))
    .finally(() => admin.close())
  await withDeadline(deleting, DELETE_TIMEOUT_MS)
}
