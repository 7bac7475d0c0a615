/** A log that says nothing, for clients of a script or test that has lines of its own to show. */
export const quietLog = { debug() {}, info() {}, warn() {}, error() {} }
