import { Redis } from 'ioredis'

/** In what people wrote and who they are, whatever the event. */
const ADDRESSES = 'example.com'

/** Names of the keys below a prefix whose values hold an address that can be read. */
export async function readableInRedis(redisUrl: string, prefix: string): Promise<string[]> {
  const redis = new Redis(redisUrl)
  try {
    const found: string[] = []
    for await (const names of redis.scanStream({ match: `${prefix}*`, count: 500 }) as AsyncIterable<string[]>) {
      const texts = await Promise.all(names.map((name) => valuesOf(redis, name)))
      found.push(...names.filter((_, place) => texts[place]?.some((value) => value.includes(ADDRESSES))))
    }
    return found
  } finally {
    redis.disconnect()
  }
}

async function valuesOf(redis: Redis, name: string): Promise<readonly Buffer[]> {
  switch (await redis.type(name)) {
    case 'string':
      return [(await redis.getBuffer(name)) ?? Buffer.alloc(0)]
    case 'hash':
      return Object.values(await redis.hgetallBuffer(name))
    case 'zset':
      return redis.zrangeBuffer(name, '0', '-1')
    case 'set':
      return redis.smembersBuffer(name)
    case 'list':
      return redis.lrangeBuffer(name, 0, -1)
    // Gone since.
    case 'none':
      return []
    default:
      throw new Error(`${name} is of a type that nobody looks into`)
  }
}
