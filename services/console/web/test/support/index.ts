export { buildPage } from './build-page.ts'
export { findChromium, launchChromium } from './chromium.ts'
export { type Console, startConsole } from './console.ts'
export { loadFirstPage } from './first-page.ts'
