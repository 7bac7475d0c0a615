import { acls } from './acls.ts'
import { verifyAudit } from './audit.ts'
import { backfill } from './backfill.ts'
import type { Command } from './command.ts'
import { listConfigs, setConfigs } from './configs.ts'
import { connectFront, connectMake } from './connect.ts'
import { rebuildConsole } from './console-rebuild.ts'
import { cutover, rollback } from './cutover.ts'
import { listDeliveries } from './deliveries-list.ts'
import { redriveDeliveries } from './deliveries-redrive.ts'
import { showDelivery } from './deliveries-show.ts'
import { doctor } from './doctor.ts'
import { addEndpoint } from './endpoints-add.ts'
import { checkEndpoints } from './endpoints-check.ts'
import { disableEndpoint, enableEndpoint } from './endpoints-enable.ts'
import { endpointKey } from './endpoints-key.ts'
import { listEndpoints } from './endpoints-list.ts'
import { removeEndpoint } from './endpoints-remove.ts'
import { resealEndpoints, rotateEndpoint } from './endpoints-rotate.ts'
import { endpointSchema } from './endpoints-schema.ts'
import { showEndpoint } from './endpoints-show.ts'
import { testEndpoint } from './endpoints-test.ts'
import { updateEndpoint } from './endpoints-update.ts'
import { cancelErasure, checkErasure, erase, showErasure } from './erase.ts'
import { exportSubject } from './export-subject.ts'
import { graph } from './graph.ts'
import { checkDataKeys, rewrapDataKeys } from './keys.ts'
import { listen } from './listen.ts'
import { mode } from './mode.ts'
import { parity } from './parity.ts'
import { redrive } from './redrive.ts'
import { cancelReplay, replay, showReplay } from './replay.ts'
import { retention } from './retention.ts'
import { exportAll } from './schemas-export.ts'
import { registerAll } from './schemas-register.ts'
import { send } from './send.ts'
import { support } from './support.ts'
import { tail } from './tail.ts'
import { addToken, revokeToken, showTokens } from './tokens.ts'
import { toolbox } from './toolbox.ts'
import { createTopics, listTopics } from './topics.ts'
import { addUser, changeUser, linkUser, showUsers, vouchForUser } from './users.ts'
import { verify } from './verify.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  tail,
  send,
  connectFront,
  connectMake,
  verify,
  doctor,
  listTopics,
  createTopics,
  retention,
  acls,
  addEndpoint,
  checkEndpoints,
  listEndpoints,
  showEndpoint,
  updateEndpoint,
  enableEndpoint,
  disableEndpoint,
  rotateEndpoint,
  resealEndpoints,
  endpointKey,
  endpointSchema,
  testEndpoint,
  removeEndpoint,
  setConfigs,
  listConfigs,
  listDeliveries,
  showDelivery,
  redriveDeliveries,
  redrive,
  replay,
  showReplay,
  cancelReplay,
  listen,
  mode,
  parity,
  cutover,
  rollback,
  backfill,
  graph,
  erase,
  showErasure,
  cancelErasure,
  checkErasure,
  exportSubject,
  checkDataKeys,
  rewrapDataKeys,
  verifyAudit,
  support,
  exportAll,
  registerAll,
  rebuildConsole,
  showUsers,
  addUser,
  linkUser,
  changeUser,
  vouchForUser,
  showTokens,
  addToken,
  revokeToken,
  toolbox,
]
