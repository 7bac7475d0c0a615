import type { Log } from '@millrace/kafka'

/** For libraries below a command: what a person has to know comes as an error. */
export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
