import { type Kafka, KEY_ID_HEADER } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'

/** Every value of these topics names its conversation, where it can be read. */
const NAMED = 'cnv_'

/** Whether every value of a topic names its key and cannot be read; `some` when only some are so. */
export async function restsEncrypted(kafka: Kafka, topic: Topic<unknown>): Promise<boolean | 'some' | 'empty'> {
  let [values, encrypted] = [0, 0]
  for await (const { value, headers } of kafka.read(topic, { untilEnd: true })) {
    if (value === null) continue
    values++
    if (headers.has(KEY_ID_HEADER) && !value.includes(NAMED)) encrypted++
  }
  if (values === 0) return 'empty'
  return encrypted === values ? true : encrypted === 0 ? false : 'some'
}
