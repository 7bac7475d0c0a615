/** A try takes 30 s at most by default, and what goes before and after it some more. */
const TEST_MS = 60_000

/** The request for a test send, whose answer comes with the try's. */
export function testOf(endpointId: string) {
  return { path: `/endpoints/${encodeURIComponent(endpointId)}/test`, deadlineMs: TEST_MS }
}
