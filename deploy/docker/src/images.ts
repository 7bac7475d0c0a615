// Bundles every service into what its image holds and makes the env file that docker-compose.yml takes its secrets from. Docker itself is not needed.
import { join } from 'node:path'
import { root, sayAloud } from '@millrace/local'
import { buildBundles } from './build-bundles.ts'
import { writeComposeEnv } from './compose-env.ts'

const env = '.local/compose.env'
const done = sayAloud.progress('Bundling the services')
await buildBundles().catch((error: Error) => {
  done(false)
  console.error(error.message)
  process.exit(1)
})
done()
if (writeComposeEnv(join(root, env)))
  sayAloud.line(`${env}: new secrets for docker-compose.yml, for this machine alone`)
sayAloud.line(`docker compose --env-file ${env} --profile core --profile simulators up --build --wait`)
