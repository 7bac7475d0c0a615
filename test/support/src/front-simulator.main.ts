import { startFrontSimulator } from './front-simulator/server.ts'
import { closeOnSignal, portFromEnv } from './standalone.ts'

const callsPerMinute = Number(process.env.FRONT_SIMULATOR_CALLS_PER_MINUTE ?? 200)
const simulator = await startFrontSimulator({
  port: portFromEnv('FRONT_SIMULATOR_PORT', 8099),
  token: process.env.FRONT_SIMULATOR_TOKEN ?? 'simulated-token',
  // 0 lifts the limit; a plan of Front's allows 50, 100 or 200.
  callsPerMinute: callsPerMinute > 0 ? callsPerMinute : null,
  autoCreate: true,
})
closeOnSignal(simulator)
console.log(
  `front-simulator ready on ${simulator.url} (${callsPerMinute > 0 ? `${callsPerMinute} calls a minute` : 'no limit'})`,
)
