import { exportSchemas } from '@millrace/schemas'
import { command } from './command.ts'
import { cannotWrite } from './files.ts'

/** `schemas export`: for readers in other languages. */
export const exportAll = command({
  name: 'schemas export',
  takes: ['DIR'],
  summary: 'Write every Avro schema and fingerprints.json to a directory.',
  details: 'fingerprints.json leads from a fingerprint as it stands on the wire to name, version and file.',
  options: {},
  async run({ args: [dir = ''] }, terminal) {
    const written = await exportSchemas(dir).catch((cause) => cannotWrite(dir, cause))
    for (const file of written) terminal.line(file)
    return 0
  },
})
