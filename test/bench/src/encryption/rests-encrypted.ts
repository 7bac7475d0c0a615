import { type Kafka, KEY_ID_HEADER } from '@millrace/kafka'
import type { Topic } from '@millrace/schemas'

/** Every value of these topics names its conversation, where it can be read. Four bytes alone stand in some hundred megabytes of ciphertext by chance. */
const NAMED = /cnv_\w{8}/

/** Whether every value of a topic names its key and cannot be read; `some` when only some are so. */
export async function restsEncrypted(kafka: Kafka, topic: Topic<unknown>): Promise<boolean | 'some' | 'empty'> {
  let [values, encrypted] = [0, 0]
  for await (const { value, headers } of kafka.read(topic, { untilEnd: true })) {
    if (value === null) continue
    values++
    if (headers.has(KEY_ID_HEADER) && !NAMED.test(value.toString('latin1'))) encrypted++
  }
  if (values === 0) return 'empty'
  return encrypted === values ? true : encrypted === 0 ? false : 'some'
}
