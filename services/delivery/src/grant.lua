-- Grants tries of deliveries to one endpoint, within its limits and its tenant's, in one step and by the clock of Redis.
-- A grant counts in two sorted sets each: `open` scored by the end of its lease, `recent` by when it ceases to count for the rate.
-- KEYS: 1 marker, 2 endpoint open, 3 endpoint recent, 4 tenant open, 5 tenant recent, 6 block, 7.. one lease a try.
-- ARGV: 1 number of grants that the caller has seen, 2 endpoint in flight, 3 endpoint per window, 4 tenant in flight, 5 tenant per window,
--       6 lease (ms), 7 window (ms), then the id of each try.
-- Answers {'lost'} when Redis was emptied or went back; {'wait', ms}; {'blocked', ms}; else
-- {'ok', remaining, reset ms, cause, wait ms, then for each try: verdict, detail} where a verdict is granted (detail: the grant), leased (ms), ended
-- (result) or full, and cause is '', 'open' or 'rate'.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local marker = redis.call('HMGET', KEYS[1], 'ready', 'grants')
if not marker[1] then return { 'lost' } end
if tonumber(marker[2] or '0') < tonumber(ARGV[1]) then
  -- A replica without the last writes took over: what it lacks may still be open.
  redis.call('DEL', KEYS[1])
  return { 'lost' }
end
if now < tonumber(marker[1]) then return { 'wait', tonumber(marker[1]) - now } end
local blocked = tonumber(redis.call('GET', KEYS[6]) or '0')
if now < blocked then return { 'blocked', blocked - now } end

local lease, window = tonumber(ARGV[6]), tonumber(ARGV[7])
local limits = { tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]) }
local free, cause, wait = math.huge, '', 0
for i = 1, 4 do
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', now)
  local left = limits[i] - redis.call('ZCARD', KEYS[i + 1])
  if left < free then
    free = left
    cause = i % 2 == 1 and 'open' or 'rate'
  end
  if left <= 0 then
    -- With a limit that was lowered, more than one must cease to count.
    local last = redis.call('ZRANGE', KEYS[i + 1], 0 - left, 0 - left, 'WITHSCORES')
    if last[2] then wait = math.max(wait, tonumber(last[2]) - now) end
  end
end

local answer = { 'ok', 0, 0, '', 0 }
local granted, isFull = 0, false
for i = 8, #ARGV do
  local key = KEYS[i - 1]
  local held = redis.call('GET', key)
  local verdict, detail = 'full', ''
  if held and string.sub(held, 1, 1) == '{' then
    verdict, detail = 'ended', held
  elseif held then
    verdict, detail = 'leased', math.max(1, redis.call('PTTL', key))
  elseif free > 0 then
    free = free - 1
    granted = granted + 1
    verdict = 'granted'
    detail = tostring(redis.call('HINCRBY', KEYS[1], 'grants', 1))
    for place = 2, 5 do
      local score = now + lease + (place % 2 == 1 and window or 0)
      redis.call('ZADD', KEYS[place], score, detail)
    end
    redis.call('SET', key, detail, 'PX', lease)
  else
    isFull = true
  end
  answer[#answer + 1] = verdict
  answer[#answer + 1] = detail
end
if granted > 0 then for place = 2, 5 do redis.call('PEXPIRE', KEYS[place], lease + window) end end
answer[2] = math.max(0, limits[2] - redis.call('ZCARD', KEYS[3]))
local oldest = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
answer[3] = oldest[2] and math.max(0, tonumber(oldest[2]) - now) or 0
if isFull then
  answer[4] = cause
  answer[5] = wait
end
return answer
