export { type CliErrorCode, cliErrors } from './errors.ts'
export { settings as cliSettings } from './settings.ts'
