import { randomBytes } from 'node:crypto'
import { startFrontSimulator } from './front-simulator/server.ts'
import { closeOnSignal, placeFromEnv, portFromEnv } from './standalone.ts'

const callsPerMinute = Number(process.env.FRONT_SIMULATOR_CALLS_PER_MINUTE ?? 200)
const simulator = await startFrontSimulator({
  port: portFromEnv('FRONT_SIMULATOR_PORT', 8099),
  ...placeFromEnv('FRONT_SIMULATOR'),
  token: process.env.FRONT_SIMULATOR_TOKEN ?? 'simulated-token',
  // 0 lifts the limit; a plan of Front's allows 50, 100 or 200.
  callsPerMinute: callsPerMinute > 0 ? callsPerMinute : null,
  autoCreate: true,
  // What was made before this start is in Kafka still: no id may come again, unless one wants the same run again.
  run: process.env.FRONT_SIMULATOR_RUN || randomBytes(3).toString('hex'),
  seed: Number(process.env.FRONT_SIMULATOR_SEED ?? 1),
})
closeOnSignal(simulator)
console.log(
  `front-simulator ready on ${simulator.url} (${callsPerMinute > 0 ? `${callsPerMinute} calls a minute` : 'no limit'})`,
)
