export * from './tcp-proxy.ts'
export * from './wait-for.ts'
