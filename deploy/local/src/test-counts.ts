/** What of vitest's JSON report is counted. */
export interface TestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { status: string }[] }[]
}

/**
 * The last line of `npm test`. A file that could not be loaded has no tests to count and is one failure; so is a run
 * that failed for a reason that no test shows, such as an error outside of tests.
 */
export function countTests(report: TestReport | undefined, exitCode: number): string {
  const brokenFiles = (report?.testResults ?? []).filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  )
  const seen = (report?.numFailedTests ?? 0) + brokenFiles.length
  const failed = seen === 0 && exitCode !== 0 ? 1 : seen
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  return `${report?.numPassedTests ?? 0} passed, ${failed} failed, ${skipped} skipped`
}
