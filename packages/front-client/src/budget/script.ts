import { budgetRules, laneRules, lanes } from './lanes.ts'
import { BURST_UNIT, PACE_UNIT } from './model.ts'

const list = (values: readonly number[]) => `{ ${values.join(', ')} }`
const rules = lanes.map((lane) => laneRules[lane])
const {
  minuteMs,
  burstRefillMs,
  perResource,
  resourceMs,
  searchPercent,
  wantMs,
  probeMs,
  yieldMs,
  burstSlackMs,
  unseenPercent,
} = budgetRules

// What `model.ts` does, in Redis and by its clock, as one step. A property test holds the two together, so names and order are the same in both.
// The hash holds what is known; a sorted set holds calls by id, with the time until which they count. All keys of an account share one slot.
const COMMON = `
local budget, plan, bursts, searches = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local configured, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local LANES, LEAST, LEAVES, LEAVES_BURST = ${lanes.length}, ${list(rules.map(({ atLeast }) => atLeast))}, ${list(rules.map(({ leaves }) => leaves))}, ${list(rules.map(({ leavesBurst }) => leavesBurst ?? -1))}
local PACE, BURST, MINUTE = ${PACE_UNIT}, ${BURST_UNIT}, ${minuteMs}

local names = { 'known', 'born', 'level', 'level_at', 'burst', 'burst_at', 'burst_next', 'told', 'left', 'reset', 'blocked' }
for i = 1, LANES do names[#names + 1] = 'wanted:' .. i; names[#names + 1] = 'granted:' .. i end
local values, s = redis.call('HMGET', budget, unpack(names)), {}
for i, name in ipairs(names) do s[name] = tonumber(values[i] or '') end
local unknown = s.known ~= 1
s.born = s.born or now
s.left, s.reset, s.blocked, s.burst_next = s.left or 0, s.reset or 0, s.blocked or 0, s.burst_next or 0

local function pace_cap(limit) return math.max(1, math.floor(limit / 2)) end
local function burst_cap(limit) return math.floor(limit * (${burstRefillMs} - lease) / ${2 * burstRefillMs}) end
local function limit_now()
  if not s.told then return configured end
  return math.max(1, math.min(configured, s.told))
end
local function drop_ended(key) redis.call('ZREMRANGEBYSCORE', key, '-inf', now) end
local function first(key) return tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]) end

local limit = limit_now()
local level = s.level and s.level + math.max(0, now - s.level_at) * limit or pace_cap(limit) * PACE
local burst = 0
if s.burst_at then
  burst = math.min(burst_cap(limit) * BURST, s.burst + math.max(0, now - s.burst_at) * limit)
end
drop_ended(plan) drop_ended(bursts) drop_ended(searches)
local used = redis.call('ZCARD', plan)
local function left_of()
  local own = limit - used
  if s.reset > now then return math.min(own, s.left) end
  return own
end
level = math.min(pace_cap(limit) * PACE, level, math.max(0, left_of()) * PACE)

local function under_way()
  return redis.call('ZCARD', bursts) + redis.call('ZCOUNT', plan, '(' .. (now + MINUTE), '+inf')
end
local function keep(key, ms) redis.call('PEXPIRE', key, ms) end
local function save()
  local fields = {
    'known', unknown and 0 or 1, 'born', s.born, 'level', level, 'level_at', now, 'burst', burst, 'burst_at', now,
    'burst_next', s.burst_next,
    'left', s.left, 'reset', s.reset, 'blocked', s.blocked,
  }
  if s.told then fields[#fields + 1] = 'told'; fields[#fields + 1] = s.told end
  for i = 1, LANES do
    for _, name in ipairs({ 'wanted:' .. i, 'granted:' .. i }) do
      if s[name] then fields[#fields + 1] = name; fields[#fields + 1] = s[name] end
    end
  end
  for i = 1, #fields do if type(fields[i]) == 'number' then fields[i] = string.format('%.0f', fields[i]) end end
  redis.call('HSET', budget, unpack(fields))
  keep(budget, ${budgetRules.keepMs})
  keep(plan, lease + MINUTE) keep(bursts, lease) keep(searches, lease + MINUTE)
end
local function shorten(key, id, until_ms)
  local held = tonumber(redis.call('ZSCORE', key, id) or '')
  redis.call('ZADD', key, string.format('%.0f', held and math.min(held, until_ms) or until_ms), id)
end
`

/**
 * KEYS: budget, plan, bursts, searches, then one for the resource of each request.
 * ARGV: calls a minute, lease (ms), then for each request: id, place of its lane from 1, 1 for a search.
 * Answers limit, used, whole burst calls, ms blocked, then for each request: decision, ms to wait.
 */
export const ASK = `${COMMON}
local function wanted(i) return (s['wanted:' .. i] or 0) > now end
local function lane_due(i)
  if LEAST[i] == 0 then return false end
  local last = s['granted:' .. i]
  return not last or (now - last) * limit * LEAST[i] >= 100 * MINUTE
end
local function wait_for(needed)
  local free = used >= limit and first(plan) - now or 0
  local reset = (s.reset > now and s.left < 1) and s.reset - now or 0
  return math.max(free, reset, math.ceil((needed - level) / limit), ${yieldMs})
end
local function decide_lane(lane)
  if s.blocked > now then return 'blocked', s.blocked - now end
  if unknown and under_way() > 0 then return 'unknown', ${probeMs} end
  local left, due = left_of(), lane_due(lane)
  local must_yield, reserved = false, 0
  for i = 1, LANES do
    if i < lane and wanted(i) then must_yield = true end
    if i ~= lane and wanted(i) and lane_due(i) then reserved = reserved + 1 end
  end
  local headroom = math.floor((pace_cap(limit) - 1) * LEAVES[lane] / 100)
  local needed = due and PACE or (1 + reserved + headroom) * PACE
  if left >= 1 and level >= needed and (due or not must_yield) then return 'plan', 0 end
  if left < 1 and LEAVES_BURST[lane] >= 0 and not must_yield then
    local kept = math.floor(burst_cap(limit) * LEAVES_BURST[lane] / 100)
    if burst >= (1 + kept) * BURST then
      local wait = math.max(0, s.burst_next - now)
      return wait == 0 and 'burst' or 'spent', wait
    end
  end
  return 'spent', wait_for(needed)
end
local function note(resource, id, lane, is_search, is_burst)
  local over = now + lease
  if is_burst then
    burst = burst - BURST
    s.burst_next = math.max(s.burst_next, now - ${burstSlackMs}) + math.ceil(MINUTE / limit)
    redis.call('ZADD', bursts, over, id)
  else
    level = level - PACE
    redis.call('ZADD', plan, over + MINUTE, id)
    used = used + 1
    if s.reset > now then s.left = s.left - 1 end
  end
  if is_search then redis.call('ZADD', searches, over + MINUTE, id) end
  redis.call('ZADD', resource, over + ${resourceMs}, id)
  keep(resource, lease + ${resourceMs})
  s['granted:' .. lane] = now
  s['wanted:' .. lane] = nil
  redis.call('HDEL', budget, 'wanted:' .. lane)
end
local function decide(resource, id, lane, is_search)
  local blocked = tonumber(redis.call('ZSCORE', resource, '!') or '0')
  if blocked > now then return 'resource', blocked - now end
  drop_ended(resource)
  if redis.call('ZCARD', resource) >= ${perResource} then return 'resource', first(resource) - now end
  local until_counted = s.born + ${resourceMs} - now
  if until_counted > 0 then return 'resource', until_counted end
  if is_search and redis.call('ZCARD', searches) >= math.max(1, math.floor(limit * ${searchPercent} / 100)) then
    return 'search', first(searches) - now
  end
  local decision, wait = decide_lane(lane)
  if wait > 0 then s['wanted:' .. lane] = now + ${wantMs}
  else note(resource, id, lane, is_search, decision == 'burst') end
  return decision, wait
end

local answer = { limit, 0, 0, math.max(0, s.blocked - now) }
for i = 5, #KEYS do
  local at = 3 + (i - 5) * 3
  local decision, wait = decide(KEYS[i], ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2] == '1')
  answer[#answer + 1] = decision
  answer[#answer + 1] = wait
end
answer[2], answer[3] = used, math.floor(burst / BURST)
save()
return answer`

/**
 * KEYS: as above, with the resource of the call.
 * ARGV: calls a minute, lease, id, via, 1 for a search, status, then what the headers told, each -1 when they did not: limit, remaining, reset
 * (epoch ms), burst remaining; ms of Retry-After.
 */
export const DONE = `${COMMON}
local resource, id, via, is_search, status = KEYS[5], ARGV[3], ARGV[4], ARGV[5] == '1', tonumber(ARGV[6])
local told, remaining, reset = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local burst_remaining, retry_after = tonumber(ARGV[10]), tonumber(ARGV[11])
if via == 'burst' then redis.call('ZREM', bursts, id) else shorten(plan, id, now + MINUTE) end
if is_search then shorten(searches, id, now + MINUTE) end
shorten(resource, id, now + ${resourceMs})
local resource_for = lease + ${resourceMs}

local unseen = now - s.born < lease and math.ceil(limit_now() * ${unseenPercent} / 100) or 0
reset = math.min(reset, now + ${budgetRules.maxResetMs})
if told >= 1 then s.told = math.floor(told) end
if remaining >= 0 and reset > now then
  local left = math.max(0, math.floor(remaining) - under_way() - unseen)
  if unknown or s.reset <= now or reset > s.reset + 1000 then
    s.left, s.reset = left, reset
  elseif reset >= s.reset - 1000 then
    s.left = math.min(s.left, left)
  end
end
if burst_remaining >= 0 then
  local known = math.max(0, math.floor(burst_remaining) - redis.call('ZCARD', bursts) - unseen) * BURST
  known = math.min(known, burst_cap(limit_now()) * BURST)
  burst = unknown and known or math.min(burst, known)
end
if status >= 200 and status < 400 then unknown = false end
if status == 429 then
  local until_ms = now + math.max(0, retry_after)
  if remaining > 0 then
    local held = tonumber(redis.call('ZSCORE', resource, '!') or '0')
    redis.call('ZADD', resource, string.format('%.0f', math.max(held, until_ms)), '!')
    resource_for = math.max(resource_for, until_ms - now)
  else
    s.blocked = math.max(s.blocked, until_ms)
    unknown = true
  end
end
keep(resource, math.max(resource_for, redis.call('PTTL', resource)))
save()
return 0`

/** KEYS: as above. ARGV: calls a minute, lease, id, via. */
export const GIVE_BACK = `${COMMON}
local id, via = ARGV[3], ARGV[4]
if via == 'burst' and redis.call('ZREM', bursts, id) == 1 then burst = burst + BURST end
if via == 'plan' and redis.call('ZREM', plan, id) == 1 then
  level = math.min(pace_cap(limit) * PACE, level + PACE)
  if s.reset > now then s.left = s.left + 1 end
end
redis.call('ZREM', searches, id)
redis.call('ZREM', KEYS[5], id)
save()
return 0`
