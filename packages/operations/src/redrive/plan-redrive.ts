import type { Kafka } from '@millrace/kafka'
import { readEndpointStates, readEndpoints } from '../endpoints/endpoint-records.ts'
import { type DeadDelivery, type DeadFilter, readDead } from './dead-deliveries.ts'
import { type DeadLetter, type DeadPlace, deadTopicOf, type LetterFilter, readDeadLetters } from './dead-letters.ts'
import { estimateRedrive, obstacleOf, redriveDeliveries } from './redrive-deliveries.ts'
import { type LetterPace, obstacleOfLetter, redriveLetters } from './redrive-letters.ts'
import { wayBack } from './way-back.ts'

/** What a redrive of one place would do, exactly as it is now. */
export interface RedrivePlan {
  readonly count: number
  /** What fits and stays, by why. */
  readonly obstacles: ReadonlyMap<string, number>
  /** What would be put back, by the code it died of. */
  readonly codes: ReadonlyMap<string, number>
  /** How long it takes at least. `perEndpoint`: of deliveries, a minute. */
  seconds(rate: number, perEndpoint?: number): number
  /** @returns how many were put back; fewer than `count` only when the signal aborted */
  run(pace: LetterPace): Promise<number>
}

/**
 * Reads a place's dead letters.
 * @throws OperationsError `MR_OPERATIONS_TOO_MANY`, `MR_OPERATIONS_KAFKA_AWAY`
 */
export async function planRedrive(
  kafka: Kafka,
  place: DeadPlace,
  filter: LetterFilter & DeadFilter,
  signal: AbortSignal,
): Promise<RedrivePlan> {
  return wayBack(place).kind === 'delivery'
    ? await planDeliveries(kafka, place, filter, signal)
    : await planLetters(kafka, place, filter, signal)
}

async function planLetters(kafka: Kafka, place: DeadPlace, filter: LetterFilter, signal: AbortSignal) {
  const obstacle = (record: Parameters<typeof obstacleOfLetter>[2]) => obstacleOfLetter(kafka, place, record)
  const letters = await readDeadLetters(kafka, place, { filter, obstacleOf: obstacle, signal })
  const wanted = new Map(letters.filter((letter) => letter.obstacle === undefined).map((each) => [each.position, each]))
  return {
    ...tallied(letters),
    seconds: (rate: number) => Math.ceil(Math.max(0, wanted.size - 1) / rate),
    run: (pace: LetterPace) => redriveLetters(kafka, place, wanted, pace),
  }
}

/** Deliveries go out again at a pace that their endpoints take. */
async function planDeliveries(kafka: Kafka, place: DeadPlace, filter: DeadFilter, signal: AbortSignal) {
  const [endpoints, states] = [await readEndpoints(kafka), await readEndpointStates(kafka)]
  const inTopic = `${deadTopicOf(place).name}-`
  const dead = (await readDead(kafka, filter, signal)).filter(
    ({ position }) => place.hasAllTiers || position.startsWith(inTopic),
  )
  const letters = dead.map((one) => ({ ...one, obstacle: obstacleOf(one, endpoints, states) }))
  const wanted = new Map<string, DeadDelivery>(
    letters.filter(({ obstacle }) => obstacle === undefined).map((each) => [each.position, each]),
  )
  return {
    ...tallied(letters),
    seconds: (rate: number, perEndpoint?: number) =>
      Math.ceil(estimateRedrive(wanted.values(), endpoints, { rate, perEndpoint }).ms / 1_000),
    run: ({ rate, perEndpoint, signal: stop, mayGo, onProgress }: LetterPace) =>
      redriveDeliveries(kafka, wanted, endpoints, { rate, perEndpoint, signal: stop, mayGo, onProgress }),
  }
}

function tallied(letters: readonly Pick<DeadLetter, 'code' | 'obstacle'>[]) {
  const [obstacles, codes] = [new Map<string, number>(), new Map<string, number>()]
  const add = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  for (const { code, obstacle } of letters) {
    if (obstacle === undefined) add(codes, code)
    else add(obstacles, obstacle)
  }
  return { count: [...codes.values()].reduce((sum, count) => sum + count, 0), obstacles, codes }
}
