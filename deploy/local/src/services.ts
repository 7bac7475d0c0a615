/** A port that something of the local stack listens on, and the variable that moves it. */
export interface PortSetting {
  readonly variable: string
  readonly port: number
}

/** One process of the local stack that runs our own code. */
export interface LocalProcess {
  readonly name: string
  /** From the root of the checkout. */
  readonly script: string
  /** Where its clients reach it, where it has any. */
  readonly http?: PortSetting
  /** Where it answers `/readyz`. Without one it is ready when its `http` port answers. */
  readonly admin?: PortSetting
}

export const services: readonly LocalProcess[] = [
  {
    name: 'gateway',
    script: 'services/gateway/src/main.ts',
    http: { variable: 'GATEWAY_PORT', port: 8000 },
    admin: { variable: 'GATEWAY_ADMIN_PORT', port: 9080 },
  },
  { name: 'dedup', script: 'services/dedup/src/main.ts', admin: { variable: 'DEDUP_ADMIN_PORT', port: 9081 } },
  {
    name: 'conversation-refresh',
    script: 'services/conversation-refresh/src/main.ts',
    admin: { variable: 'CONVERSATION_REFRESH_ADMIN_PORT', port: 9082 },
  },
  {
    name: 'knowledge-graph',
    script: 'services/knowledge-graph/src/main.ts',
    admin: { variable: 'KNOWLEDGE_GRAPH_ADMIN_PORT', port: 9083 },
  },
  { name: 'delivery', script: 'services/delivery/src/main.ts', admin: { variable: 'DELIVERY_ADMIN_PORT', port: 9084 } },
  { name: 'poller', script: 'services/poller/src/main.ts', admin: { variable: 'POLLER_ADMIN_PORT', port: 9085 } },
  {
    name: 'console',
    script: 'services/console/src/main.ts',
    http: { variable: 'CONSOLE_PORT', port: 8090 },
    admin: { variable: 'CONSOLE_ADMIN_PORT', port: 9090 },
  },
  {
    name: 'mcp',
    script: 'services/mcp/src/main.ts',
    http: { variable: 'MCP_PORT', port: 8086 },
    admin: { variable: 'MCP_ADMIN_PORT', port: 9086 },
  },
  { name: 'handlers', script: 'services/handlers/src/main.ts', admin: { variable: 'HANDLERS_ADMIN_PORT', port: 9087 } },
]

/** Stand-ins for the outer world, started when no FRONT_API_TOKEN names the real one. */
export const simulators: readonly LocalProcess[] = [
  {
    name: 'front-simulator',
    script: 'test/support/src/front-simulator.main.ts',
    http: { variable: 'FRONT_SIMULATOR_PORT', port: 8099 },
  },
  { name: 'receiver', script: 'test/support/src/receiver.main.ts', http: { variable: 'RECEIVER_PORT', port: 8098 } },
]

export const kafkaPort: PortSetting = { variable: 'MILLRACE_KAFKA_PORT', port: 19_092 }
export const redisPort: PortSetting = { variable: 'MILLRACE_REDIS_PORT', port: 16_379 }
